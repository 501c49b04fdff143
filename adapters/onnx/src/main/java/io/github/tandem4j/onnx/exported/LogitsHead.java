package io.github.tandem4j.onnx.exported;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds where an exported graph makes logits of states, so that only the states that are asked about need become logits.
 * It walks back from the logits over what treats each number by itself, to the product with the head's weights.
 */
final class LogitsHead {
    private static final int LONGEST_WALK = 32;
    private static final Set<String> BY_NUMBER = Set.of("Identity", "Cast", "Tanh", "Neg");
    private static final Set<String> WITH_CONSTANT = Set.of("Mul", "Div", "Add", "Sub");

    /** What computes each row of states by itself, so that rows may as well be taken before it. */
    private static final Set<String> BY_ROW = Set.of(
            "Identity",
            "Cast",
            "Mul",
            "Div",
            "Add",
            "Pow",
            "Sqrt",
            "Reciprocal",
            "ReduceMean",
            "SimplifiedLayerNormalization",
            "LayerNormalization");

    private final Map<String, Integer> producers = new HashMap<>();
    private final Map<String, TensorProto> initializers = new HashMap<>();
    private final GraphProto graph;
    private final Set<Integer> flattenings = new HashSet<>();

    private LogitsHead(GraphProto graph) {
        this.graph = graph;
        for (int i = 0; i < graph.getNodeCount(); i++) {
            for (String output : graph.getNode(i).getOutputList()) {
                if (!output.isEmpty()) { // which is how nodes leave one out
                    producers.put(output, i);
                }
            }
        }
        graph.getInitializerList().forEach(tensor -> initializers.put(tensor.getName(), tensor));
    }

    /**
     * Where rows are taken.
     *
     * @param node the index of the node in front of which they are, or in whose place if it takes rows itself
     * @param inPlace whether the node itself takes rows, of the last position alone
     * @param input the index of the node's input with the rows
     * @param axis of the rows in it
     * @param states the value that becomes logits
     * @param width how many numbers a state has
     * @param flattenings indices of nodes behind that only change the shape, by that of the whole sequence
     */
    record Place(int node, boolean inPlace, int input, int axis, String states, long width, Set<Integer> flattenings) {}

    /** {@return the place; empty if logits are made in a way that is not known} */
    static Optional<Place> of(GraphProto graph, String logits) {
        return Optional.ofNullable(new LogitsHead(graph).walk(logits));
    }

    private @Nullable Place walk(String logits) {
        String value = logits;
        for (int steps = 0; steps < LONGEST_WALK; steps++) {
            Integer index = producers.get(value);
            if (index == null) {
                return null;
            }
            NodeProto node = graph.getNode(index);
            String operator = node.getOpType();
            if (BY_NUMBER.contains(operator)) {
                value = input(node, 0);
            } else if (operator.equals("Reshape")) {
                flattenings.add(index);
                value = input(node, 0);
            } else if (WITH_CONSTANT.contains(operator)) {
                boolean firstIsConstant = isConstant(input(node, 0), 0);
                if (firstIsConstant == isConstant(input(node, 1), 0)) {
                    return quantized(node);
                }
                value = node.getInput(firstIsConstant ? 1 : 0);
            } else {
                return product(index, node);
            }
        }
        return null;
    }

    private @Nullable Place product(int index, NodeProto node) {
        boolean isGemm = node.getOpType().equals("Gemm") && attribute(node, "transA") == 0;
        boolean isProduct = Set.of("MatMul", "FusedMatMul").contains(node.getOpType())
                && attribute(node, "transA") == 0
                && flattenings.isEmpty();
        boolean isFewBits = node.getOpType().equals("MatMulNBits") && flattenings.isEmpty();
        if (!(isGemm || isProduct || isFewBits) || !isConstant(input(node, 1), 0)) {
            return null;
        }
        OptionalLong width =
                isFewBits ? OptionalLong.of(attribute(node, "K")) : width(input(node, 1), attribute(node, "transB"));
        return width.isEmpty() ? null : place(index, 0, isGemm ? 0 : 1, input(node, 0), width.getAsLong());
    }

    /** Of a product of 8-bit integers, which is brought back to scale by the scale of its rows and that of the weights. */
    private @Nullable Place quantized(NodeProto scaling) {
        for (int side = 0; side < 2; side++) {
            NodeProto cast = producer(input(scaling, side));
            NodeProto product = cast == null || !cast.getOpType().equals("Cast") ? null : producer(input(cast, 0));
            if (product != null && product.getOpType().equals("MatMulInteger") && flattenings.isEmpty()) {
                Integer quantizing = producers.get(input(product, 0));
                OptionalLong width = width(input(product, 1), 0);
                if (quantizing != null && width.isPresent()) {
                    NodeProto node = graph.getNode(quantizing);
                    boolean isOwn = node.getOpType().equals("DynamicQuantizeLinear")
                            && node.getInputCount() == 1
                            && node.getOutputCount() == 3
                            && consumers(node.getOutput(0)) == 1
                            && consumers(node.getOutput(1)) == 1;
                    return isOwn ? place(quantizing, 0, 1, input(node, 0), width.getAsLong()) : null;
                }
            }
        }
        return null;
    }

    private long consumers(String value) {
        return graph.getNodeList().stream()
                .filter(node -> node.getInputList().contains(value))
                .count();
    }

    /** In front of a node, unless the graph takes the last row shortly before: then there. */
    private Place place(int node, int input, int axis, String states, long width) {
        Deque<String> open = new ArrayDeque<>(List.of(states));
        for (int steps = 0; axis == 1 && !open.isEmpty() && steps < LONGEST_WALK; steps++) {
            Integer index = producers.get(open.remove());
            if (index != null) {
                NodeProto before = graph.getNode(index);
                if (takesLastRow(before)) {
                    return new Place(index, true, 0, 1, states, width, Set.copyOf(flattenings));
                }
                if (BY_ROW.contains(before.getOpType())) {
                    open.addAll(before.getInputList());
                }
            }
        }
        return new Place(node, false, input, axis, states, width, Set.copyOf(flattenings));
    }

    private boolean takesLastRow(NodeProto node) {
        if (node.getOpType().equals("Slice") && node.getInputCount() >= 4) {
            return isNumber(input(node, 1), -1) && isNumber(input(node, 3), 1);
        }
        return node.getOpType().equals("Gather") && attribute(node, "axis") == 1 && isNumber(input(node, 1), -1);
    }

    private boolean isNumber(String value, long number) {
        NodeProto node = producer(value);
        TensorProto tensor = node != null && node.getOpType().equals("Constant") && node.getAttributeCount() == 1
                ? node.getAttribute(0).getT()
                : initializers.get(value);
        if (tensor == null) {
            return false;
        }
        if (tensor.getInt64DataCount() == 1) {
            return tensor.getInt64Data(0) == number;
        }
        LongBuffer raw = tensor.getRawData()
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asLongBuffer();
        return tensor.getDataType() == TensorProto.DataType.INT64_VALUE && raw.remaining() == 1 && raw.get(0) == number;
    }

    /** The extent of a head's weights that the states have too. */
    private OptionalLong width(String weights, long transposed) {
        String value = weights;
        long turns = transposed;
        for (int steps = 0; steps < LONGEST_WALK; steps++) {
            TensorProto tensor = initializers.get(value);
            if (tensor != null) {
                return tensor.getDimsCount() == 2
                        ? OptionalLong.of(tensor.getDims((int) (turns % 2)))
                        : OptionalLong.empty();
            }
            NodeProto node = producer(value);
            if (node == null
                    || !Set.of("Transpose", "Cast", "Identity", "DequantizeLinear")
                            .contains(node.getOpType())) {
                return OptionalLong.empty();
            }
            turns += node.getOpType().equals("Transpose") ? 1 : 0;
            value = input(node, 0);
        }
        return OptionalLong.empty();
    }

    private boolean isConstant(String value, int depth) {
        if (initializers.containsKey(value)) {
            return true;
        }
        NodeProto node = producer(value);
        if (node == null || depth == LONGEST_WALK) {
            return false;
        }
        boolean isOfOne = node.getInputCount() == 1 || node.getOpType().equals("DequantizeLinear");
        return node.getOpType().equals("Constant")
                || (isOfOne && node.getInputList().stream().allMatch(input -> isConstant(input, depth + 1)));
    }

    private @Nullable NodeProto producer(String value) {
        Integer index = producers.get(value);
        return index == null ? null : graph.getNode(index);
    }

    /** An input; empty where the node has none, as ONNX has it. */
    private static String input(NodeProto node, int index) {
        return index < node.getInputCount() ? node.getInput(index) : "";
    }

    private static long attribute(NodeProto node, String name) {
        return node.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals(name))
                .mapToLong(AttributeProto::getI)
                .findFirst()
                .orElse(0);
    }
}
