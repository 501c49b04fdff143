package io.github.tandem4j.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.List;
import java.util.Map;

/** What a decoder's graph says of the next token in a few numbers, so that nothing of the vocabulary's size leaves it. */
final class NextTokenOutputs {
    private NextTokenOutputs() {}

    /** Adds to a graph that has {@code logits} [positions, vocabulary] what {@link DecoderGraph} tells of. */
    static void addTo(Graph graph, int vocabulary) {
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
