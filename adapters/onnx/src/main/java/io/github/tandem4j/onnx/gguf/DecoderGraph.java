package io.github.tandem4j.onnx.gguf;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.github.tandem4j.onnx.gguf.Family.Trait;
import io.github.tandem4j.onnx.graph.Graph;
import io.github.tandem4j.onnx.graph.NextTokenOutputs;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A decoder of any {@link Family} as an ONNX graph.
 *
 * <p>It takes {@code input_ids} [batch, sequence], a key and a value cache for each layer [batch, heads, capacity,
 * head size], and gives the caches back in the same buffers. {@code positions} names the rows of the flattened
 * sequence whose next-token distribution is wanted; nothing behind the last layer's attention is computed for any
 * other. For each of them it gives the {@link NextTokenOutputs} and {@code hidden.final} [positions, width], the normed
 * state that the logits are a product of.
 *
 * <p>Beside these it gives {@code hidden.1}, {@code hidden.2} and so on [batch * sequence, width]: the residual stream as
 * it enters each layer but the first. They exist in any case, so that whoever asks for one pays for its copy alone.
 *
 * <p>All activations between the attentions are matrices [batch * sequence, width], since {@code Gemm}, which adds
 * a Q4_1 correction in one operator, takes no other rank.
 */
final class DecoderGraph {
    private final DecoderConfig config;
    private final DecoderTensors tensors;
    private final Graph graph;
    private final GraphWeights weights;

    DecoderGraph(DecoderConfig config, DecoderTensors tensors, Graph graph, GraphWeights weights) {
        this.config = config;
        this.tensors = tensors;
        this.graph = graph;
        this.weights = weights;
    }

    static String pastKey(int layer) {
        return "past_key_values." + layer + ".key";
    }

    static String pastValue(int layer) {
        return "past_key_values." + layer + ".value";
    }

    static String presentKey(int layer) {
        return "present." + layer + ".key";
    }

    static String presentValue(int layer) {
        return "present." + layer + ".value";
    }

    /** The residual stream as it enters a layer. */
    static String hidden(int layer) {
        return "hidden." + layer;
    }

    ModelProto build() throws IOException {
        graph.input("input_ids", DataType.INT64, "batch", "sequence");
        graph.input("positions", DataType.INT64, "positions");
        graph.input("seqlens_k", DataType.INT32, "batch");
        graph.input("total_sequence_length", DataType.INT32, 1);
        String shape = graph.node("shape", "Shape", List.of("input_ids"));
        graph.constant("open", -1);
        graph.node("packed_shape", "", "Concat", List.of(shape, "open"), Map.of("axis", 0));
        DecoderAttention attention = new DecoderAttention(config, tensors, graph, weights);

        String residual = embedding();
        String normed =
                norm("layer.0/attention_norm", residual, tensors.blocks().get(0).attentionNorm());
        for (int layer = 0; layer < config.layers(); layer++) {
            boolean last = layer == config.layers() - 1;
            DecoderTensors.Block block = tensors.blocks().get(layer);
            String name = "layer." + layer;
            String attended = attention.attend(name, layer, normed);
            if (last) {
                attended = graph.node(name + "/attended_positions", "Gather", List.of(attended, "positions"));
                residual = graph.node(name + "/residual_positions", "Gather", List.of(residual, "positions"));
            }
            String output = weights.linear(name + "/attention_output", attended, List.of(block.attentionOutput()));
            List<String> after = addAndNorm(
                    name + "/feed_forward_norm",
                    name + "/feed_forward_norm/sum",
                    residual,
                    normIfThere(name + "/after_attention", output, block.norms().afterAttention()),
                    block.feedForwardNorm());
            String fed = normIfThere(
                    name + "/after_feed_forward",
                    feedForward(name, after.get(0), block),
                    block.norms().afterFeedForward());
            residual = after.get(3);
            GgufTensor nextNorm = last
                    ? tensors.outputNorm()
                    : tensors.blocks().get(layer + 1).attentionNorm();
            List<String> next = addAndNorm(
                    last ? NextTokenOutputs.HIDDEN_FINAL : name + "/next_norm",
                    last ? name + "/next_norm/sum" : hidden(layer + 1),
                    residual,
                    fed,
                    nextNorm);
            graph.output(next.get(last ? 0 : 3), DataType.FLOAT, last ? "positions" : "rows", config.hidden());
            normed = next.get(0);
            residual = next.get(3);
        }
        weights.linear("logits", normed, List.of(tensors.output()));
        NextTokenOutputs.addTo(graph, config.vocabulary());
        return graph.build("1");
    }

    private String embedding() throws IOException {
        String ids = graph.node("ids", "Reshape", List.of("input_ids", "open"));
        String rows = weights.embedding("embedding", ids, tensors.embedding());
        if (!config.family().has(Trait.SCALED_EMBEDDING)) {
            return rows;
        }
        String scale = graph.constant("embedding_scale", new float[] {(float) Math.sqrt(config.hidden())});
        return graph.node("embedding/scaled", "Mul", List.of(rows, scale));
    }

    private String feedForward(String name, String normed, DecoderTensors.Block block) throws IOException {
        String both = weights.linear(name + "/feed_forward_input", normed, block.feedForwardInput());
        List<String> halves = graph.nodes(
                List.of(name + "/gate", name + "/up"), "", "Split", List.of(both), Map.of("axis", 1, "num_outputs", 2));
        String gate = activation(name + "/gate_activation", halves.get(0));
        String gated = graph.node(name + "/gated", "Mul", List.of(gate, halves.get(1)));
        return weights.linear(name + "/feed_forward_output", gated, List.of(block.feedForwardOutput()));
    }

    private String activation(String name, String x) {
        if (config.family().has(Trait.GELU)) {
            // FastGelu is the tanh form.
            return graph.node(name, Graph.MICROSOFT, "FastGelu", List.of(x), Map.of());
        }
        // QuickGelu is x * sigmoid(alpha * x), which is SiLU for an alpha of 1.
        return graph.node(name, Graph.MICROSOFT, "QuickGelu", List.of(x), Map.of("alpha", 1.0));
    }

    private String normIfThere(String name, String x, Optional<GgufTensor> scale) throws IOException {
        return scale.isPresent() ? norm(name, x, scale.get()) : x;
    }

    private String norm(String name, String x, GgufTensor scale) throws IOException {
        return graph.norm(name, x, weights.vector(scale), config.normEpsilon());
    }

    /** The outputs are the norm, two that stay empty, and the sum. */
    private List<String> addAndNorm(String name, String sum, String residual, String added, GgufTensor scale)
            throws IOException {
        return graph.nodes(
                List.of(name, "", "", sum),
                Graph.MICROSOFT,
                "SkipSimplifiedLayerNormalization",
                List.of(residual, added, weights.vector(scale)),
                Map.of("epsilon", config.normEpsilon()));
    }
}
