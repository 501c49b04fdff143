package io.github.tandem4j.onnx.gguf;

import io.github.tandem4j.onnx.gguf.Family.Trait;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** The tensors of a decoder by role: each there once, of the right shape, and no other beside them. */
final class DecoderTensors {
    private static final String ROPE_FACTORS = "rope_freqs.weight";
    private static final String LONG_FACTORS = "rope_factors_long.weight";
    private static final String SHORT_FACTORS = "rope_factors_short.weight";

    private final GgufFile gguf;
    private final DecoderConfig config;
    private final Map<String, GgufTensor> unclaimed;

    private final GgufTensor embedding;
    private final List<Block> blocks;
    private final GgufTensor outputNorm;
    private final Projection output;
    private final List<Float> ropeDivisors;

    /** A matrix, and what is added to its product. */
    record Projection(GgufTensor weight, Optional<GgufTensor> bias) {
        long rows() {
            return weight.rows();
        }
    }

    /** Norms of a layer that not every family has. */
    record MoreNorms(
            Optional<GgufTensor> query,
            Optional<GgufTensor> key,
            Optional<GgufTensor> afterAttention,
            Optional<GgufTensor> afterFeedForward) {}

    /**
     * One layer's tensors.
     *
     * @param attentionInput whose rows are query, key and value, in this order, in however many tensors
     * @param feedForwardInput whose rows are gate and up, in this order
     */
    record Block(
            GgufTensor attentionNorm,
            List<Projection> attentionInput,
            Projection attentionOutput,
            GgufTensor feedForwardNorm,
            List<Projection> feedForwardInput,
            Projection feedForwardOutput,
            MoreNorms norms) {}

    DecoderTensors(GgufFile gguf, DecoderConfig config) throws IOException {
        this.gguf = gguf;
        this.config = config;
        this.unclaimed = new HashMap<>(gguf.tensors());
        int hidden = config.hidden();
        embedding = claim("token_embd.weight", hidden, config.vocabulary());
        blocks = IntStream.range(0, config.layers()).mapToObj(this::block).toList();
        outputNorm = vector("output_norm.weight", hidden);
        Projection tied = new Projection(embedding, bias("output", config.vocabulary()));
        output = unclaimed.containsKey("output.weight")
                ? new Projection(claim("output.weight", hidden, config.vocabulary()), tied.bias())
                : tied;
        Optional<GgufTensor> divisors = claimRopeDivisors();
        unclaimed.keySet().stream().sorted().findFirst().ifPresent(name -> {
            throw GgufFile.refused(
                    gguf.path(),
                    "has the tensor " + name,
                    "a " + config.family().ggufName() + " model without it");
        });
        ropeDivisors = divisors.isPresent() ? positives(divisors.get()) : List.of();
    }

    private Block block(int layer) {
        String prefix = "blk." + layer + ".";
        int hidden = config.hidden();
        int feedForward = config.feedForward();
        return new Block(
                vector(prefix + "attn_norm.weight", hidden),
                attentionInput(prefix),
                projection(prefix + "attn_output", config.queryWidth(), hidden),
                vector(prefix + "ffn_norm.weight", hidden),
                isFused(prefix + "ffn_gate.weight")
                        ? List.of(projection(prefix + "ffn_up", hidden, 2L * feedForward))
                        : List.of(
                                projection(prefix + "ffn_gate", hidden, feedForward),
                                projection(prefix + "ffn_up", hidden, feedForward)),
                projection(prefix + "ffn_down", feedForward, hidden),
                new MoreNorms(
                        vectorOf(Trait.QUERY_KEY_NORM, prefix + "attn_q_norm.weight", config.headSize()),
                        vectorOf(Trait.QUERY_KEY_NORM, prefix + "attn_k_norm.weight", config.headSize()),
                        vectorOf(Trait.POST_NORMS, prefix + "post_attention_norm.weight", hidden),
                        vectorOf(Trait.POST_NORMS, prefix + "post_ffw_norm.weight", hidden)));
    }

    private List<Projection> attentionInput(String prefix) {
        int hidden = config.hidden();
        if (isFused(prefix + "attn_q.weight")) {
            return List.of(projection(prefix + "attn_qkv", hidden, config.queryWidth() + 2L * config.keyValueWidth()));
        }
        return List.of(
                projection(prefix + "attn_q", hidden, config.queryWidth()),
                projection(prefix + "attn_k", hidden, config.keyValueWidth()),
                projection(prefix + "attn_v", hidden, config.keyValueWidth()));
    }

    /** Whether a family that may fuse tensors has fused this one away. */
    private boolean isFused(String name) {
        return config.family().has(Trait.FUSED) && !unclaimed.containsKey(name);
    }

    private Optional<GgufTensor> claimRopeDivisors() {
        Family family = config.family();
        int pairs = config.rotary().pairs();
        if (family.has(Trait.ROPE_FACTORS) && unclaimed.containsKey(ROPE_FACTORS)) {
            return Optional.of(vector(ROPE_FACTORS, pairs));
        }
        if (!family.has(Trait.LONG_SHORT_FACTORS)
                || !unclaimed.keySet().containsAll(Set.of(LONG_FACTORS, SHORT_FACTORS))) {
            return Optional.empty();
        }
        GgufTensor longFactors = vector(LONG_FACTORS, pairs);
        GgufTensor shortFactors = vector(SHORT_FACTORS, pairs);
        // One table serves the whole window: keys in a cache stay as they were turned.
        return Optional.of(config.window() > config.rotary().originalWindow() ? longFactors : shortFactors);
    }

    private List<Float> positives(GgufTensor tensor) throws IOException {
        List<Float> values = new ArrayList<>();
        for (float value : TensorRows.floats(gguf, tensor)) {
            if (!(value > 0) || Float.isInfinite(value)) {
                throw GgufFile.refused(gguf.path(), "has " + value + " in " + tensor.name(), "finite numbers above 0");
            }
            values.add(value);
        }
        return values;
    }

    private Projection projection(String name, long columns, long rows) {
        return new Projection(claim(name + ".weight", columns, rows), bias(name, rows));
    }

    private Optional<GgufTensor> bias(String name, long rows) {
        return unclaimed.containsKey(name + ".bias") ? Optional.of(vector(name + ".bias", rows)) : Optional.empty();
    }

    private Optional<GgufTensor> vectorOf(Trait trait, String name, long length) {
        return config.family().has(trait) ? Optional.of(vector(name, length)) : Optional.empty();
    }

    private GgufTensor vector(String name, long length) {
        GgufTensor tensor = claim(name, length, 1);
        if (!tensor.type().isFloat()) {
            throw GgufFile.refused(gguf.path(), "has " + name + " of type " + tensor.type(), "F32, F16 or BF16");
        }
        return tensor;
    }

    private GgufTensor claim(String name, long columns, long rows) {
        GgufTensor tensor = unclaimed.remove(name);
        if (tensor == null) {
            throw GgufFile.refused(
                    gguf.path(), "has no tensor " + name, "one of " + columns + " columns and " + rows + " rows");
        }
        if (tensor.columns() != columns || tensor.rows() != rows) {
            throw GgufFile.refused(
                    gguf.path(), "has " + name + " of shape " + tensor.shape(), "[" + columns + ", " + rows + "]");
        }
        return tensor;
    }

    GgufTensor embedding() {
        return embedding;
    }

    List<Block> blocks() {
        return blocks;
    }

    GgufTensor outputNorm() {
        return outputNorm;
    }

    /** The output layer, whose matrix may be the embedding's. */
    Projection output() {
        return output;
    }

    /** What each rotary frequency is divided by, where a file has it in a tensor; else empty. */
    List<Float> ropeDivisors() {
        return ropeDivisors;
    }
}
