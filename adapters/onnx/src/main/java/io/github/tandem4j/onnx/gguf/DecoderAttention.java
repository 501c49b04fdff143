package io.github.tandem4j.onnx.gguf;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.github.tandem4j.onnx.gguf.Family.Trait;
import io.github.tandem4j.onnx.graph.Graph;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The attentions of a decoder's layers, each one {@code GroupQueryAttention} that rotates, caches and masks.
 *
 * <p>Query, key and value go in as one matrix, as their product comes out; where heads are normed before they are
 * rotated, they are taken apart for that.
 */
final class DecoderAttention {
    /**
     * A sink that takes nothing: e to the power of minus infinity beside each head's exponentials. With one, the operator
     * leaves out its tiled path, which on CPUs is slower for a token as for a chunk; see RESULTS.md.
     */
    private static final String NO_SINK = "no_sink";

    private final DecoderConfig config;
    private final DecoderTensors tensors;
    private final Graph graph;
    private final GraphWeights weights;

    DecoderAttention(DecoderConfig config, DecoderTensors tensors, Graph graph, GraphWeights weights)
            throws IOException {
        this.config = config;
        this.tensors = tensors;
        this.graph = graph;
        this.weights = weights;
        graph.constant("flat_shape", -1, config.queryWidth());
        float[] nothing = new float[config.heads()];
        Arrays.fill(nothing, Float.NEGATIVE_INFINITY);
        graph.constant(NO_SINK, nothing, nothing.length);
        if (config.family().has(Trait.QUERY_KEY_NORM)) {
            graph.constant("head_shape", -1, config.headSize());
            graph.constant("input_widths", config.queryWidth(), config.keyValueWidth(), config.keyValueWidth());
        }
    }

    /** What a layer's attention gives of its normed input, a row a token, before the output projection. */
    String attend(String name, int layer, String normed) throws IOException {
        DecoderTensors.Block block = tensors.blocks().get(layer);
        GraphWeights.Scaled scaled = scaled(block);
        String packed = weights.linear(name + "/attention_input", normed, block.attentionInput(), scaled);
        String pastKey = DecoderGraph.pastKey(layer);
        String pastValue = DecoderGraph.pastValue(layer);
        String presentKey = DecoderGraph.presentKey(layer);
        String presentValue = DecoderGraph.presentValue(layer);
        for (String past : List.of(pastKey, pastValue)) {
            graph.input(past, DataType.FLOAT, "batch", config.keyValueHeads(), "capacity", config.headSize());
        }
        for (String present : List.of(presentKey, presentValue)) {
            graph.output(present, DataType.FLOAT, "batch", config.keyValueHeads(), "capacity", config.headSize());
        }
        List<String> parts = parts(name, packed, block.norms());
        String table = rotaryTable(layer);
        String attended = graph.nodes(
                        List.of(name + "/attention", presentKey, presentValue),
                        Graph.MICROSOFT,
                        "GroupQueryAttention",
                        List.of(
                                parts.get(0),
                                parts.get(1),
                                parts.get(2),
                                pastKey,
                                pastValue,
                                "seqlens_k",
                                "total_sequence_length",
                                table + "_cos",
                                table + "_sin",
                                "",
                                "",
                                NO_SINK),
                        attributes(layer, isScaled(block, scaled)))
                .get(0);
        return graph.node(name + "/attention_rows", "Reshape", List.of(attended, "flat_shape"));
    }

    /**
     * The operator is faster if it need not scale: then products of query and key have the number from the query's weights
     * or its norm. In the weights it must be a power of two, which it is for heads of 16, 64 and 256.
     */
    private GraphWeights.Scaled scaled(DecoderTensors.Block block) {
        double scale = config.attentionScale();
        boolean isExact = Math.scalb(1.0, Math.getExponent(scale)) == scale;
        return block.norms().query().isEmpty() && isExact && weights.takes(block.attentionInput(), config.queryWidth())
                ? new GraphWeights.Scaled(config.queryWidth(), (float) scale)
                : GraphWeights.Scaled.NONE;
    }

    private static boolean isScaled(DecoderTensors.Block block, GraphWeights.Scaled scaled) {
        return block.norms().query().isPresent() || scaled.outputs() > 0;
    }

    private Map<String, Object> attributes(int layer, boolean isScaled) {
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("num_heads", config.heads());
        attributes.put("kv_num_heads", config.keyValueHeads());
        attributes.put("do_rotary", 1);
        attributes.put("rotary_interleaved", config.family().has(Trait.ROPE_IN_PAIRS) ? 1 : 0);
        attributes.put("scale", isScaled ? 1.0 : config.attentionScale());
        if (config.isWindowed(layer)) {
            attributes.put("local_window_size", config.slidingWindow());
        }
        return attributes;
    }

    /** The operator's first three inputs: all in one and two that stay empty, or each on its own. */
    private List<String> parts(String name, String packed, DecoderTensors.MoreNorms norms) throws IOException {
        if (norms.query().isEmpty()) {
            return List.of(graph.node(name + "/attention_batch", "Reshape", List.of(packed, "packed_shape")), "", "");
        }
        List<String> split = graph.nodes(
                List.of(name + "/query", name + "/key", name + "/value"),
                "",
                "Split",
                List.of(packed, "input_widths"),
                Map.of("axis", 1));
        return List.of(
                normedHeads(name + "/query", weights.vector(norms.query().orElseThrow(), config.attentionScale())),
                normedHeads(name + "/key", weights.vector(norms.key().orElseThrow())),
                graph.node(name + "/value_batch", "Reshape", List.of(split.get(2), "packed_shape")));
    }

    private String normedHeads(String name, String scale) {
        String heads = graph.node(name + "_heads", "Reshape", List.of(name, "head_shape"));
        String normed = graph.norm(name + "_norm", heads, scale, config.normEpsilon());
        return graph.node(name + "_batch", "Reshape", List.of(normed, "packed_shape"));
    }

    /** The name that a layer's cosines and sines begin with; they are written when the first layer asks. */
    private String rotaryTable(int layer) throws IOException {
        Rotary rotary = config.rotary(layer);
        boolean local = !rotary.equals(config.rotary());
        String name = local ? "rotary_local" : "rotary";
        if (!graph.has(name + "_cos")) {
            double[] frequencies = rotary.frequencies(local ? List.of() : tensors.ropeDivisors());
            weights.table(name + "_cos", config.window(), rotary.pairs(), (position, row) -> {
                for (int pair = 0; pair < row.length; pair++) {
                    row[pair] = (float) (rotary.magnitude() * Math.cos(position * frequencies[pair]));
                }
            });
            weights.table(name + "_sin", config.window(), rotary.pairs(), (position, row) -> {
                for (int pair = 0; pair < row.length; pair++) {
                    row[pair] = (float) (rotary.magnitude() * Math.sin(position * frequencies[pair]));
                }
            });
        }
        return name;
    }
}
