package io.github.tandem4j.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A decoder's graph made over so that a run of several tokens computes each of them as a run of that token alone does,
 * to the last bit.
 *
 * <p>On CPUs ONNX Runtime multiplies one row by a kernel of its own where the other factor is no weight, which adds up in
 * another order: of all operators of a decoder, {@code GroupQueryAttention} alone gives other roundings for a token that
 * comes with others. So each of these nodes is replaced by one a row. They share the cache: a node's past is the
 * present of the node before, and the caller binds all presents to the one buffer, so that nothing is copied.
 */
final class RowwiseGraph {
    private static final String ROW = ".row.";
    private static final int KEY_OUTPUT = 1;
    private static final int VALUE_OUTPUT = 2;
    private static final int PAST_KEY = 3;
    private static final int PAST_VALUE = 4;
    private static final int LENGTHS = 5;
    private static final int TOTAL = 6;
    private static final int POSITION_IDS = 9;
    private static final int HEAD_SINK = 11;

    private final int rows;
    private final GraphProto.Builder graph;
    private final GraphProto original;
    private final Set<String> shortened = new HashSet<>();

    private RowwiseGraph(GraphProto original, int rows) {
        this.rows = rows;
        this.original = original;
        this.graph = original.toBuilder().clearNode();
    }

    /** The graph for exactly so many tokens a run; empty if its attention is of another kind. */
    static Optional<ModelProto> of(ModelProto model, int rows) {
        GraphProto original = model.getGraph();
        List<NodeProto> attentions = original.getNodeList().stream()
                .filter(RowwiseGraph::isAttention)
                .toList();
        if (attentions.isEmpty() || !attentions.stream().allMatch(RowwiseGraph::isSplittable)) {
            return Optional.empty();
        }
        return Optional.of(model.toBuilder()
                .setGraph(new RowwiseGraph(original, rows).build())
                .build());
    }

    /** The output whose buffer an output of such a graph shares; the output itself, if none. */
    static String sharedWith(String output) {
        int at = output.indexOf(ROW);
        return at < 0 ? output : output.substring(0, at);
    }

    private static boolean isAttention(NodeProto node) {
        return node.getOpType().equals("GroupQueryAttention");
    }

    private static boolean isSplittable(NodeProto node) {
        return node.getOutputCount() == 3
                && node.getInputCount() > TOTAL
                && node.getInputList().subList(PAST_KEY, TOTAL + 1).stream().noneMatch(String::isEmpty)
                && IntStream.range(POSITION_IDS + 1, node.getInputCount())
                        .allMatch(i -> i == HEAD_SINK || node.getInput(i).isEmpty());
    }

    private GraphProto build() {
        for (int before = 1; before < rows; before++) {
            graph.addInitializer(TensorProto.newBuilder()
                    .setName(constant(before))
                    .setDataType(TensorProto.DataType.INT32.getNumber())
                    .addDims(1)
                    .addInt32Data(before));
        }
        for (NodeProto node : original.getNodeList()) {
            if (isAttention(node)) {
                split(node);
            } else {
                graph.addNode(node);
            }
        }
        return graph.build();
    }

    private static String constant(int number) {
        return "rowwise." + number;
    }

    private void split(NodeProto node) {
        List<List<String>> inputs = new ArrayList<>();
        for (int i = 0; i < node.getInputCount(); i++) {
            boolean isOfTokens = i < PAST_KEY || i == POSITION_IDS;
            boolean isLength = i == LENGTHS || i == TOTAL;
            inputs.add(
                    isOfTokens && !node.getInput(i).isEmpty()
                            ? parts(node, i)
                            : isLength ? lengths(node, i) : List.of(node.getInput(i)));
        }
        NodeProto.Builder whole = NodeProto.newBuilder()
                .setName(node.getName())
                .setOpType("Concat")
                .addOutput(node.getOutput(0));
        whole.addAttribute(number("axis", 1));
        for (int row = 0; row < rows; row++) {
            NodeProto.Builder each = node.toBuilder().clearInput().clearOutput().setName(node.getName() + ROW + row);
            for (int i = 0; i < inputs.size(); i++) {
                List<String> values = inputs.get(i);
                each.addInput(
                        row > 0 && (i == PAST_KEY || i == PAST_VALUE)
                                ? name(node.getOutput(i - PAST_KEY + KEY_OUTPUT), row - 1)
                                : values.get(values.size() == 1 ? 0 : row));
            }
            each.addOutput(node.getOutput(0) + ROW + row);
            each.addOutput(name(node.getOutput(KEY_OUTPUT), row));
            each.addOutput(name(node.getOutput(VALUE_OUTPUT), row));
            whole.addInput(node.getOutput(0) + ROW + row);
            graph.addNode(each);
        }
        graph.addNode(whole);
        for (int row = 0; row < rows - 1; row++) {
            addOutput(node.getOutput(KEY_OUTPUT), row);
            addOutput(node.getOutput(VALUE_OUTPUT), row);
        }
    }

    /** The last row's present is the one that the whole had. */
    private String name(String value, int row) {
        return row == rows - 1 ? value : value + ROW + row;
    }

    private void addOutput(String present, int row) {
        for (ValueInfoProto output : original.getOutputList()) {
            if (output.getName().equals(present)) {
                graph.addOutput(output.toBuilder().setName(name(present, row)));
            }
        }
    }

    private List<String> parts(NodeProto node, int input) {
        List<String> parts = new ArrayList<>();
        NodeProto.Builder split = NodeProto.newBuilder()
                .setName(node.getName() + "/split." + input)
                .setOpType("Split")
                .addInput(node.getInput(input))
                .addAttribute(number("axis", 1))
                .addAttribute(number("num_outputs", rows));
        for (int row = 0; row < rows; row++) {
            parts.add(node.getName() + "/split." + input + ROW + row);
        }
        graph.addNode(split.addAllOutput(parts));
        return parts;
    }

    private List<String> lengths(NodeProto node, int input) {
        List<String> lengths = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            String of = node.getInput(input);
            String length = row == rows - 1 ? of : of + ROW + row;
            lengths.add(length);
            if (row < rows - 1 && shortened.add(length)) {
                graph.addNode(NodeProto.newBuilder()
                        .setName(length)
                        .setOpType("Sub")
                        .addInput(of)
                        .addInput(constant(rows - 1 - row))
                        .addOutput(length));
            }
        }
        return lengths;
    }

    private static AttributeProto number(String name, int value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }
}
