package io.github.tandem4j.onnx.graph;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.List;
import java.util.Map;

/**
 * What a decoder's graph says of the next token in a few numbers, so that nothing of the vocabulary's size leaves it. For
 * each position that is asked for it gives
 *
 * <ul>
 *   <li>{@code logits} [positions, vocabulary], for the one who samples,
 *   <li>{@code top_ids}, {@code top_logits} and {@code top_probabilities} [positions, 2] of the two likeliest tokens,
 *   <li>{@code mean_logit} [positions, 1], the logits' mean under the distribution,
 *   <li>{@code target_logit} [positions, 1], the logit of the token that {@code targets} names.
 * </ul>
 *
 * <p>With the small outputs the log-sum-exp is {@code top_logit - log(top_probability)}, a token's log-probability its logit less
 * that, and the entropy that less the mean logit: nothing of the vocabulary's size need leave the runtime.
 */
public final class NextTokenOutputs {
    /** The output [positions, width] of the normed state that the logits are a product of, where a graph has it. */
    public static final String HIDDEN_FINAL = "hidden.final";

    private NextTokenOutputs() {}

    /**
     * Adds these outputs, and the input {@code targets}, to a graph that has {@code logits} [positions, vocabulary].
     *
     * @param graph the graph
     * @param vocabulary how many logits there are
     */
    public static void addTo(Graph graph, int vocabulary) {
        graph.input("targets", DataType.INT64, "positions", 1);
        graph.output("logits", DataType.FLOAT, "positions", vocabulary);
        graph.output("top_ids", DataType.INT64, "positions", 2);
        graph.output("top_logits", DataType.FLOAT, "positions", 2);
        graph.output("top_probabilities", DataType.FLOAT, "positions", 2);
        graph.output("mean_logit", DataType.FLOAT, "positions", 1);
        graph.output("target_logit", DataType.FLOAT, "positions", 1);
        graph.constant("two", 2);
        graph.constant("last_axis", -1);
        graph.nodes(List.of("top_logits", "top_ids"), "", "TopK", List.of("logits", "two"), Map.of("axis", -1));
        graph.node("probabilities", "", "Softmax", List.of("logits"), Map.of("axis", -1));
        graph.node("top_probabilities", "", "GatherElements", List.of("probabilities", "top_ids"), Map.of("axis", 1));
        graph.node("target_logit", "", "GatherElements", List.of("logits", "targets"), Map.of("axis", 1));
        graph.node("weighted_logits", "Mul", List.of("logits", "probabilities"));
        graph.node("mean_logit", "", "ReduceSum", List.of("weighted_logits", "last_axis"), Map.of("keepdims", 1));
    }
}
