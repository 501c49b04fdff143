package io.github.tandem4j.onnx.gguf;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.onnx.gguf.Family.Trait;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The shape of a decoder.
 *
 * @param window tokens that it sees at once
 * @param slidingWindow tokens that a layer with a sliding window attends to, the last one included; 0 if there is none
 * @param windowed for each layer whether it has the sliding window
 * @param localRotary positions in layers with a sliding window
 * @param attentionScale what the products of query and key are multiplied with
 */
record DecoderConfig(
        Family family,
        int layers,
        int hidden,
        int feedForward,
        int heads,
        int keyValueHeads,
        int headSize,
        int vocabulary,
        int window,
        int slidingWindow,
        List<Boolean> windowed,
        Rotary rotary,
        Rotary localRotary,
        double attentionScale,
        double normEpsilon) {
    private static final int LONGEST_WINDOW = 1 << 22;

    /**
     * What tables of positions may take in any case. They are the only thing whose size is a number in the file and not
     * what lies in it; beyond this they take no more than the file itself, which those of models stay far below.
     */
    private static final long USUAL_TABLES = 64L << 20;

    private static final int MOST_LAYERS = 1024;
    private static final int MOST_HEADS = 1024;
    private static final int GEMMA_27B_LAYERS = 62;

    static DecoderConfig of(GgufFile gguf) throws IOException {
        return of(gguf, Integer.MAX_VALUE);
    }

    /** @param longest tokens that the window is limited to */
    static DecoderConfig of(GgufFile gguf, int longest) throws IOException {
        String architecture = gguf.metadata().string("general.architecture");
        Family family = Family.of(architecture)
                .orElseThrow(() ->
                        GgufFile.refused(gguf.path(), "has the architecture " + architecture, Family.supported()));
        FamilyKeys keys = new FamilyKeys(gguf, family);
        DecoderConfig config = read(keys, family, longest);
        config.requireTablesOf(keys, gguf.size());
        return config;
    }

    private void requireTablesOf(FamilyKeys keys, long fileBytes) {
        int tables = rotary.equals(localRotary) ? 2 : 4;
        long bytesPerToken = (long) tables * rotary.pairs() * Float.BYTES;
        long most = Math.max(USUAL_TABLES, fileBytes);
        if (window * bytesPerToken > most) {
            throw keys.refused(
                    "context_length",
                    window,
                    "at most " + most / bytesPerToken
                            + ", or an import with a window; the tables of positions would take "
                            + window * bytesPerToken + " bytes, and the file has " + fileBytes);
        }
    }

    private static DecoderConfig read(FamilyKeys keys, Family family, int longest) {
        keys.refuseUnknown();
        int hidden = keys.positiveInt("embedding_length");
        int heads = keys.positiveInt("attention.head_count");
        if (heads > MOST_HEADS) {
            throw keys.refused("attention.head_count", heads, "1 to " + MOST_HEADS);
        }
        int keyValueHeads = keys.optionalInt("attention.head_count_kv").orElse(heads);
        if (keyValueHeads < 1 || heads % keyValueHeads != 0) {
            throw keys.refused("attention.head_count_kv", keyValueHeads, "a divisor of head_count " + heads);
        }
        int headSize = headSize(keys, hidden, heads);
        int layers = keys.positiveInt("block_count");
        if (layers > MOST_LAYERS) {
            throw keys.refused("block_count", layers, "1 to " + MOST_LAYERS);
        }
        int trained = keys.positiveInt("context_length");
        int window = Math.min(trained, longest);
        if (window > LONGEST_WINDOW) {
            throw keys.refused("context_length", window, "at most " + LONGEST_WINDOW + ", or an import with a window");
        }
        int slidingWindow = keys.optionalInt("attention.sliding_window").orElse(0);
        boolean local = family.has(Trait.LOCAL_LAYERS);
        Rotary rotary = Rotary.of(keys, headSize, trained);
        return new DecoderConfig(
                family,
                layers,
                hidden,
                keys.positiveInt("feed_forward_length"),
                heads,
                keyValueHeads,
                headSize,
                keys.vocabulary(),
                window,
                slidingWindow,
                windowed(keys, layers, slidingWindow, local),
                rotary,
                local ? rotary.unscaled(keys.positive("rope.freq_base_swa", 10_000)) : rotary,
                attentionScale(local, layers, hidden, heads, headSize),
                keys.positive("attention.layer_norm_rms_epsilon"));
    }

    private static int headSize(FamilyKeys keys, int hidden, int heads) {
        if (keys.optionalInt("attention.key_length").isEmpty() && hidden % heads != 0) {
            throw keys.refused("embedding_length", hidden, "a multiple of head_count " + heads + ", or a key_length");
        }
        int headSize = keys.optionalInt("attention.key_length").orElse(hidden / heads);
        if (headSize < 16 || headSize % 16 != 0 || headSize > 1024) {
            throw keys.refused("attention.key_length", headSize, "heads of a multiple of 16, at most 1024");
        }
        int valueLength = keys.optionalInt("attention.value_length").orElse(headSize);
        if (valueLength != headSize) {
            throw keys.refused("attention.value_length", valueLength, "the key length " + headSize);
        }
        return headSize;
    }

    private static List<Boolean> windowed(FamilyKeys keys, int layers, int slidingWindow, boolean local) {
        String key = "attention.sliding_window_pattern";
        if (keys.isList(key)) {
            List<Boolean> each = keys.flags(key);
            if (each.size() != layers) {
                throw keys.refused(key, each.size() + " flags", "one for each of " + layers + " layers");
            }
            return each;
        }
        // Every so many layers the last one sees everything; with 0, none does.
        int pattern = keys.optionalInt(key).orElse(local ? 6 : 0);
        return IntStream.range(0, layers)
                .mapToObj(layer -> slidingWindow > 0 && (pattern == 0 || layer % pattern < pattern - 1))
                .toList();
    }

    /** Gemma's largest model divides by another width than the head's, which no key tells: see its own code. */
    private static double attentionScale(boolean gemma, int layers, int hidden, int heads, int headSize) {
        return 1 / Math.sqrt(gemma && layers == GEMMA_27B_LAYERS ? hidden / heads : headSize);
    }

    /** The keys that Hugging Face gives these numbers. */
    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("model_type", family.ggufName())
                .put("num_hidden_layers", layers)
                .put("hidden_size", hidden)
                .put("intermediate_size", feedForward)
                .put("num_attention_heads", heads)
                .put("num_key_value_heads", keyValueHeads)
                .put("head_dim", headSize)
                .put("vocab_size", vocabulary)
                .put("max_position_embeddings", window)
                .put("rope_theta", rotary.base())
                .put("rms_norm_eps", normEpsilon);
        if (slidingWindow > 0) {
            json.put("sliding_window", slidingWindow);
        }
        return json;
    }

    /** Whether a layer attends to no more than the sliding window. */
    boolean isWindowed(int layer) {
        return windowed.get(layer) && slidingWindow > 0;
    }

    Rotary rotary(int layer) {
        return isWindowed(layer) ? localRotary : rotary;
    }

    int queryWidth() {
        return heads * headSize;
    }

    int keyValueWidth() {
        return keyValueHeads * headSize;
    }
}
