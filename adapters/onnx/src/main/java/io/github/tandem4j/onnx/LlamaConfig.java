package io.github.tandem4j.onnx;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * The shape of a decoder of the {@code llama} architecture.
 *
 * @param window tokens that the model was trained to see at once
 */
record LlamaConfig(
        int layers,
        int hidden,
        int feedForward,
        int heads,
        int keyValueHeads,
        int headSize,
        int vocabulary,
        int window,
        double ropeBase,
        double normEpsilon) {

    static LlamaConfig of(GgufFile gguf) {
        GgufMetadata metadata = gguf.metadata();
        String architecture = metadata.string("general.architecture");
        if (!architecture.equals("llama")) {
            throw GgufFile.refused(gguf.path(), "has the architecture " + architecture, "llama");
        }
        refuseUnless(gguf, "llama.rope.scaling.type", "none");
        refuseIfAbove(gguf, "llama.expert_count", 0);
        int hidden = metadata.positiveInt("llama.embedding_length");
        int heads = metadata.positiveInt("llama.attention.head_count");
        int keyValueHeads =
                metadata.optionalInt("llama.attention.head_count_kv").orElse(heads);
        if (hidden % heads != 0) {
            throw GgufFile.refused(
                    gguf.path(), "has embedding_length " + hidden + " and head_count " + heads, "a multiple of it");
        }
        if (keyValueHeads < 1 || heads % keyValueHeads != 0) {
            throw GgufFile.refused(
                    gguf.path(), "has head_count_kv " + keyValueHeads, "a divisor of head_count " + heads);
        }
        int headSize = hidden / heads;
        for (String key :
                new String[] {"llama.rope.dimension_count", "llama.attention.key_length", "llama.attention.value_length"
                }) {
            int size = metadata.optionalInt(key).orElse(headSize);
            if (size != headSize) {
                throw GgufFile.refused(gguf.path(), "has " + key + " " + size, "the head size " + headSize);
            }
        }
        if (headSize % 8 != 0) {
            throw GgufFile.refused(gguf.path(), "has heads of " + headSize, "a multiple of 8");
        }
        return new LlamaConfig(
                metadata.positiveInt("llama.block_count"),
                hidden,
                metadata.positiveInt("llama.feed_forward_length"),
                heads,
                keyValueHeads,
                headSize,
                metadata.list("tokenizer.ggml.tokens", String.class).size(),
                metadata.positiveInt("llama.context_length"),
                metadata.positive("llama.rope.freq_base", 10_000),
                metadata.positive("llama.attention.layer_norm_rms_epsilon", 1e-5));
    }

    private static void refuseUnless(GgufFile gguf, String key, String valid) {
        Optional<String> value = gguf.metadata().optionalString(key);
        if (value.isPresent() && !value.get().equals(valid)) {
            throw GgufFile.refused(gguf.path(), "has " + key + " " + value.get(), valid);
        }
    }

    private static void refuseIfAbove(GgufFile gguf, String key, int limit) {
        int value = gguf.metadata().optionalInt(key).orElse(limit);
        if (value > limit) {
            throw GgufFile.refused(gguf.path(), "has " + key + " " + value, "at most " + limit);
        }
    }

    /** The keys that Hugging Face gives these numbers. */
    ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("model_type", "llama")
                .put("num_hidden_layers", layers)
                .put("hidden_size", hidden)
                .put("intermediate_size", feedForward)
                .put("num_attention_heads", heads)
                .put("num_key_value_heads", keyValueHeads)
                .put("head_dim", headSize)
                .put("vocab_size", vocabulary)
                .put("max_position_embeddings", window)
                .put("rope_theta", ropeBase)
                .put("rms_norm_eps", normEpsilon);
    }

    int queryWidth() {
        return heads * headSize;
    }

    int keyValueWidth() {
        return keyValueHeads * headSize;
    }
}
