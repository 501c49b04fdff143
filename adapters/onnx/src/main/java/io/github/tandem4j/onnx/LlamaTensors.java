package io.github.tandem4j.onnx;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tensors of a {@code llama} model by role: each there once, of the right shape, and no other beside them. */
final class LlamaTensors {
    private final GgufFile gguf;
    private final LlamaConfig config;
    private final Map<String, GgufTensor> unclaimed;

    private final GgufTensor embedding;
    private final List<Block> blocks;
    private final GgufTensor outputNorm;
    private final Optional<GgufTensor> output;

    /** One layer's tensors. */
    record Block(
            GgufTensor attentionNorm,
            GgufTensor query,
            GgufTensor key,
            GgufTensor value,
            GgufTensor attentionOutput,
            GgufTensor feedForwardNorm,
            GgufTensor gate,
            GgufTensor up,
            GgufTensor down) {}

    LlamaTensors(GgufFile gguf, LlamaConfig config) {
        this.gguf = gguf;
        this.config = config;
        this.unclaimed = new HashMap<>(gguf.tensors());
        int hidden = config.hidden();
        embedding = claim("token_embd.weight", hidden, config.vocabulary());
        blocks = java.util.stream.IntStream.range(0, config.layers())
                .mapToObj(this::block)
                .toList();
        outputNorm = norm("output_norm.weight");
        output = unclaimed.containsKey("output.weight")
                ? Optional.of(claim("output.weight", hidden, config.vocabulary()))
                : Optional.empty();
        unclaimed.keySet().stream().sorted().findFirst().ifPresent(name -> {
            throw GgufFile.refused(
                    gguf.path(), "has the tensor " + name, "a llama model without biases and rope factors");
        });
    }

    private Block block(int layer) {
        String prefix = "blk." + layer + ".";
        int hidden = config.hidden();
        return new Block(
                norm(prefix + "attn_norm.weight"),
                claim(prefix + "attn_q.weight", hidden, config.queryWidth()),
                claim(prefix + "attn_k.weight", hidden, config.keyValueWidth()),
                claim(prefix + "attn_v.weight", hidden, config.keyValueWidth()),
                claim(prefix + "attn_output.weight", config.queryWidth(), hidden),
                norm(prefix + "ffn_norm.weight"),
                claim(prefix + "ffn_gate.weight", hidden, config.feedForward()),
                claim(prefix + "ffn_up.weight", hidden, config.feedForward()),
                claim(prefix + "ffn_down.weight", config.feedForward(), hidden));
    }

    private GgufTensor norm(String name) {
        GgufTensor tensor = claim(name, config.hidden(), 1);
        if (!tensor.type().isFloat()) {
            throw GgufFile.refused(gguf.path(), "has " + name + " of type " + tensor.type(), "F32 or F16");
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

    /** The output layer's matrix; empty if it is tied to the embedding. */
    Optional<GgufTensor> output() {
        return output;
    }
}
