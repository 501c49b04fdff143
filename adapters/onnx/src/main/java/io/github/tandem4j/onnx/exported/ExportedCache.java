package io.github.tandem4j.onnx.exported;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.github.tandem4j.onnx.graph.Graph;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * A layer's keys or values in an exported graph, and how the graph goes about them.
 *
 * @param past the graph's input
 * @param present the graph's output
 * @param name of this cache in the decoder's contract, as {@code 0.key}
 */
record ExportedCache(String past, String present, String name, long heads, long headSize, DataType type) {
    static final String PAST = "past_key_values.";
    static final String PRESENT = "present.";

    /** How past becomes present. */
    enum Way {
        /** {@code GroupQueryAttention} adds to the past's own memory, so that both may be one buffer with room behind. */
        GROUPED,
        /** {@code Concat} copies the past and what is new into a fresh tensor. */
        JOINED,
        /** Some other way, of which only the result is known: the past with what is new behind it. */
        OTHER
    }

    String ourPast() {
        return PAST + name;
    }

    String ourPresent() {
        return PRESENT + name;
    }

    Way way(GraphProto graph) {
        for (NodeProto node : graph.getNodeList()) {
            int output = node.getOutputList().indexOf(present);
            if (output >= 0) {
                if (isGrouped(node)) {
                    boolean isOwn = output < 3
                            && node.getInputCount() > output + 2
                            && node.getInput(output + 2).equals(past)
                            && !uses(graph, present, Set.of());
                    return isOwn ? Way.GROUPED : Way.OTHER;
                }
                return isJoin(node) ? Way.JOINED : Way.OTHER;
            }
        }
        return Way.OTHER;
    }

    /** Whether a node may be given the past's whole memory. */
    boolean takesMemory(NodeProto node, Way way) {
        return switch (way) {
            case GROUPED -> isGrouped(node) && node.getOutputList().contains(present);
            case JOINED -> isJoin(node) && node.getOutputList().contains(present);
            case OTHER -> false;
        };
    }

    private static boolean isGrouped(NodeProto node) {
        return node.getOpType().equals("GroupQueryAttention")
                && node.getDomain().equals(Graph.MICROSOFT);
    }

    private boolean isJoin(NodeProto node) {
        return node.getOpType().equals("Concat")
                && node.getInputCount() == 2
                && node.getInput(0).equals(past)
                && !node.getInput(1).equals(past)
                && node.getAttributeList().stream()
                        .filter(attribute -> attribute.getName().equals("axis"))
                        .mapToLong(AttributeProto::getI)
                        .anyMatch(axis -> axis == 2 || axis == -2);
    }

    /** Whether the past is used by anything that cannot be given its whole memory. */
    boolean isUsedElsewhere(GraphProto graph, Way way) {
        Set<NodeProto> own = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.getNodeList().stream().filter(node -> takesMemory(node, way)).forEach(own::add);
        return uses(graph, past, own);
    }

    private static boolean uses(GraphProto graph, String value, Set<NodeProto> besides) {
        return graph.getNodeList().stream()
                .filter(node -> !besides.contains(node))
                .anyMatch(node -> node.getInputList().contains(value)
                        || node.getAttributeList().stream()
                                .anyMatch(attribute -> (attribute.hasG() && usesWithin(attribute.getG(), value))
                                        || attribute.getGraphsList().stream()
                                                .anyMatch(inner -> usesWithin(inner, value))));
    }

    private static boolean usesWithin(GraphProto inner, String value) {
        return uses(inner, value, Set.of())
                || inner.getOutputList().stream()
                        .anyMatch(output -> output.getName().equals(value));
    }
}
