package io.github.tandem4j.onnx.gguf;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The architectures that the import knows, each by what sets it apart from a plain decoder: one with RMS norms before
 * attention and feed-forward, rotary positions, grouped queries and a gated feed-forward. Biases of projections are
 * taken in any family where a file has them.
 */
enum Family {
    LLAMA("llama", Trait.ROPE_IN_PAIRS, Trait.ROPE_FACTORS),
    QWEN2("qwen2"),
    QWEN3("qwen3", Trait.QUERY_KEY_NORM),
    PHI3("phi3", Trait.FUSED, Trait.LONG_SHORT_FACTORS),
    GEMMA3("gemma3", Trait.QUERY_KEY_NORM, Trait.POST_NORMS, Trait.SCALED_EMBEDDING, Trait.GELU, Trait.LOCAL_LAYERS);

    /** What a family has that others do not. */
    enum Trait {
        /** GGUF keeps rotated rows in pairs; in the others a row's partner lies half a head behind it. */
        ROPE_IN_PAIRS,
        /** {@code rope_freqs.weight} may divide the rotary frequencies (Llama 3.1 and later). */
        ROPE_FACTORS,
        /** {@code rope_factors_long.weight} and its short sister may divide them, by the length of the window. */
        LONG_SHORT_FACTORS,
        /** Query, key and value may lie in one tensor; gate and up do. */
        FUSED,
        /** Each head of query and key is normed before it is rotated. */
        QUERY_KEY_NORM,
        /** What attention and feed-forward add to the residual stream is normed first. */
        POST_NORMS,
        /** Embeddings are multiplied with the root of the width. */
        SCALED_EMBEDDING,
        /** The gate is a GELU (tanh form); in the others it is a SiLU. */
        GELU,
        /** Five of six layers see a sliding window only, with a rotary base of their own and no scaling. */
        LOCAL_LAYERS
    }

    private final String ggufName;

    @SuppressWarnings("ImmutableEnumChecker") // a copy that nobody else sees
    private final Set<Trait> traits;

    Family(String ggufName, Trait... traits) {
        this.ggufName = ggufName;
        this.traits = Set.of(traits);
    }

    static Optional<Family> of(String ggufName) {
        return Arrays.stream(values())
                .filter(family -> family.ggufName.equals(ggufName))
                .findFirst();
    }

    static String supported() {
        return Arrays.stream(values()).map(family -> family.ggufName).collect(Collectors.joining(", "));
    }

    /** The name as {@code general.architecture} has it, which also begins the keys. */
    String ggufName() {
        return ggufName;
    }

    boolean has(Trait trait) {
        return traits.contains(trait);
    }
}
