package io.github.tandem4j.onnx.exported;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.exported.ExportedInputs.Known;
import io.github.tandem4j.onnx.graph.Graph;
import io.github.tandem4j.onnx.graph.NextTokenOutputs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Puts the contract that an import's graph keeps around a decoder that somebody else's tools exported: its inputs, its
 * caches, and the {@link NextTokenOutputs}.
 *
 * <p>Mask and positions are made from how many tokens there are. Past and present share one buffer with room behind,
 * whatever the graph does by itself: {@code GroupQueryAttention} does so anyway; where a {@code Concat} joins the past and
 * what is new, what is new is written into the buffer and the tokens so far are read from it; and of a graph that does
 * something else, the past is cut from the buffer and the end of what comes out is written back. So a cache is cut, grown
 * and kept as that of an import is, and a step copies no more than the graph would by itself (in the last case, once more).
 *
 * <p>States are gathered at the wanted positions before the logits are made of them, if {@link LogitsHead} finds where;
 * else the logits are. The states in the middle of the graph are not known, so that {@code hidden.final} is the only one,
 * and where the head is not found there is none.
 *
 * <p>All names of the graph get a prefix, so that none is mistaken for one of the contract's. One sequence at a time.
 */
public final class ExportedGraph {
    private static final String PREFIX = "exported/";
    private static final long LEAST_OPSET = 13;

    private final ExportedModel model;
    private final GraphProto graph;
    private final ExportedInputs inputs;
    private final Map<String, String> names = new HashMap<>();
    private final Graph before = new Graph("");
    private final Graph after = new Graph("");
    private final Map<Integer, NodeProto> rewritten = new HashMap<>();
    private final Map<Integer, List<NodeProto>> inFrontOf = new HashMap<>();

    private ExportedGraph(ExportedModel model) {
        this.model = model;
        this.graph = model.proto().getGraph();
        this.inputs = ExportedInputs.of(model.file(), graph);
    }

    /**
     * The graph with the contract around it.
     *
     * @param model the graph as it was exported
     * @param vocabulary how many logits there are
     * @return a model whose weights stay where they are
     * @throws ModelFileException if the graph has what is not known
     */
    public static ModelProto of(ExportedModel model, int vocabulary) {
        return new ExportedGraph(model).build(vocabulary);
    }

    private ModelProto build(int vocabulary) {
        requireOpset();
        contract();
        known();
        for (ExportedCache cache : inputs.caches()) {
            cache(cache);
        }
        logits(vocabulary);
        NextTokenOutputs.addTo(after, vocabulary);
        GraphProto first = before.build("").getGraph();
        GraphProto last = after.build("").getGraph();
        GraphProto.Builder whole = GraphProto.newBuilder()
                .setName(graph.getName())
                .addAllNode(first.getNodeList())
                .addAllInitializer(first.getInitializerList())
                .addAllInput(first.getInputList())
                .addAllOutput(first.getOutputList());
        for (int i = 0; i < graph.getNodeCount(); i++) {
            inFrontOf.getOrDefault(i, List.of()).forEach(whole::addNode);
            NodeProto node = rewritten.get(i);
            whole.addNode(node == null ? renamed(graph.getNode(i)) : node);
        }
        graph.getInitializerList().forEach(tensor -> whole.addInitializer(renamed(tensor)));
        graph.getSparseInitializerList()
                .forEach(tensor ->
                        whole.addSparseInitializer(tensor.toBuilder().setValues(renamed(tensor.getValues()))));
        whole.addAllNode(last.getNodeList())
                .addAllInitializer(last.getInitializerList())
                .addAllInput(last.getInputList())
                .addAllOutput(last.getOutputList());
        return model.proto().toBuilder()
                .clearTrainingInfo()
                .clearMetadataProps()
                .setGraph(whole)
                .build();
    }

    private void requireOpset() {
        long opset = model.proto().getOpsetImportList().stream()
                .filter(each -> each.getDomain().isEmpty() || each.getDomain().equals("ai.onnx"))
                .mapToLong(OperatorSetIdProto::getVersion)
                .findFirst()
                .orElse(0);
        if (opset < LEAST_OPSET) {
            throw new ModelFileException(model.file() + " is of operator set " + opset + "; valid: " + LEAST_OPSET
                    + " or later; export the model again");
        }
    }

    /** The contract's inputs, and how many tokens there are, were and come. */
    private void contract() {
        before.input("input_ids", DataType.INT64, 1, "sequence");
        before.input("positions", DataType.INT64, "positions");
        before.input("seqlens_k", DataType.INT32, 1);
        before.input("total_sequence_length", DataType.INT32, 1);
        before.constant("zero", 0);
        before.constant("one", 1);
        before.constant("two_axis", 2);
        before.node("shape", "Shape", List.of("input_ids"));
        before.node("new_tokens", "", "Gather", List.of("shape", "one"), Map.of("axis", 0));
        before.node("all_tokens", "", "Cast", List.of("total_sequence_length"), Map.of("to", DataType.INT64_VALUE));
        before.node("past_tokens", "Sub", List.of("all_tokens", "new_tokens"));
        for (String number : List.of("past_tokens", "all_tokens", "one")) {
            before.node("bare_" + number, "Squeeze", List.of(number));
        }
        before.node("new_rows", "Range", List.of("bare_past_tokens", "bare_all_tokens", "bare_one"));
    }

    private void known() {
        inputs.known().forEach((meaning, input) -> {
            String value =
                    switch (meaning) {
                        case INPUT_IDS -> "input_ids";
                        case ATTENTION_MASK -> {
                            before.node("mask_shape", "", "Concat", List.of("one", "all_tokens"), Map.of("axis", 0));
                            yield before.node("mask", "Expand", List.of("one", "mask_shape"));
                        }
                        case POSITION_IDS -> before.node("position_row", "Unsqueeze", List.of("new_rows", "zero"));
                        case CACHE_POSITION -> "new_rows";
                        case USE_CACHE_BRANCH -> before.node("has_past", "Greater", List.of("past_tokens", "zero"));
                        case NUM_LOGITS_TO_KEEP, LOGITS_TO_KEEP -> "zero"; // which means all
                    };
            DataType made = meaning == Known.USE_CACHE_BRANCH ? DataType.BOOL : DataType.INT64;
            DataType wanted = ExportedInputs.type(input);
            if (wanted != made) {
                value = before.node(
                        value + "_as_" + wanted, "", "Cast", List.of(value), Map.of("to", wanted.getNumber()));
            }
            if (ExportedInputs.rank(input) == 0) {
                value = before.node(value + "_bare", "Squeeze", List.of(value));
            }
            names.put(input.getName(), value);
        });
    }

    private void cache(ExportedCache cache) {
        ExportedCache.Way way = cache.way(graph);
        String past = cache.ourPast();
        String present = cache.ourPresent();
        before.input(past, cache.type(), 1, cache.heads(), "capacity", cache.headSize());
        before.output(present, cache.type(), 1, cache.heads(), "capacity", cache.headSize());
        if (cache.isUsedElsewhere(graph, way)) {
            before.node(PREFIX + cache.past(), "Slice", List.of(past, "zero", "past_tokens", "two_axis"));
        }
        for (int i = 0; i < graph.getNodeCount(); i++) {
            NodeProto node = graph.getNode(i);
            if (cache.takesMemory(node, way)) {
                if (way == ExportedCache.Way.GROUPED) {
                    names.put(cache.present(), present);
                    NodeProto renamed = rewritten.containsKey(i) ? rewritten.get(i) : renamed(node);
                    int index = node.getInputList().indexOf(cache.past());
                    rewritten.put(
                            i,
                            renamed.toBuilder()
                                    .setInput(index, past)
                                    .setOutput(index - 2, present)
                                    .build());
                } else {
                    Graph join = new Graph("");
                    join.node(present, "ScatterND", List.of(past, cells(cache.heads()), named(node.getInput(1))));
                    inFrontOf.put(i, join.build("").getGraph().getNodeList());
                    Graph read = new Graph("");
                    read.node(named(cache.present()), "Slice", List.of(present, "zero", "all_tokens", "two_axis"));
                    rewritten.put(i, read.build("").getGraph().getNode(0));
                }
            }
        }
        if (way == ExportedCache.Way.OTHER) {
            String added = after.node(
                    cache.name() + "/added",
                    "Slice",
                    List.of(named(cache.present()), "past_tokens", "all_tokens", "two_axis"));
            after.node(present, "ScatterND", List.of(past, cells(cache.heads()), added));
        }
    }

    /** The places of the new rows in a cache of so many heads, each as its indices of batch, head and row. */
    private String cells(long heads) {
        String name = "cells_of_" + heads;
        if (!before.has(name)) {
            before.constant(name + "/heads", LongStream.range(0, heads).toArray());
            before.constant(name + "/head_axes", 0, 2, 3);
            before.constant(name + "/row_axes", 0, 1, 3);
            before.constant(name + "/count", heads);
            before.node(
                    name + "/shape",
                    "",
                    "Concat",
                    List.of("one", name + "/count", "new_tokens", "one"),
                    Map.of("axis", 0));
            before.node(name + "/head", "Unsqueeze", List.of(name + "/heads", name + "/head_axes"));
            before.node(name + "/row", "Unsqueeze", List.of("new_rows", name + "/row_axes"));
            before.node(name + "/of_batch", "Expand", List.of("zero", name + "/shape"));
            before.node(name + "/of_head", "Expand", List.of(name + "/head", name + "/shape"));
            before.node(name + "/of_row", "Expand", List.of(name + "/row", name + "/shape"));
            before.node(
                    name,
                    "",
                    "Concat",
                    List.of(name + "/of_batch", name + "/of_head", name + "/of_row"),
                    Map.of("axis", 3));
        }
        return name;
    }

    private void logits(int vocabulary) {
        ValueInfoProto output = logits(model, graph);
        Optional<LogitsHead.Place> found = LogitsHead.of(graph, output.getName());
        String rows = named(output.getName());
        after.constant("flat", -1, vocabulary);
        if (found.isPresent()) {
            LogitsHead.Place place = found.get();
            NodeProto node = graph.getNode(place.node());
            Graph gathering = new Graph("");
            String states = place.inPlace() ? named(node.getOutput(0)) : "wanted_states";
            gathering.node(
                    states,
                    "",
                    "Gather",
                    List.of(named(node.getInput(place.input())), "positions"),
                    Map.of("axis", place.axis()));
            if (place.inPlace()) {
                rewritten.put(place.node(), gathering.build("").getGraph().getNode(0));
            } else {
                inFrontOf.put(place.node(), gathering.build("").getGraph().getNodeList());
                rewritten.put(
                        place.node(),
                        renamed(node).toBuilder()
                                .setInput(place.input(), states)
                                .build());
            }
            for (int flattening : place.flattenings()) {
                Graph same = new Graph("");
                NodeProto reshape = graph.getNode(flattening);
                same.node(named(reshape.getOutput(0)), "Identity", List.of(named(reshape.getInput(0))));
                rewritten.put(flattening, same.build("").getGraph().getNode(0));
            }
            after.constant("state_shape", -1, place.width());
            String state = place.inPlace() ? named(place.states()) : states;
            after.node("states_as_floats", "", "Cast", List.of(state), Map.of("to", DataType.FLOAT_VALUE));
            after.node(NextTokenOutputs.HIDDEN_FINAL, "Reshape", List.of("states_as_floats", "state_shape"));
            after.output(NextTokenOutputs.HIDDEN_FINAL, DataType.FLOAT, "positions", place.width());
            after.node("rows", "Reshape", List.of(rows, "flat"));
        } else {
            after.node("all_rows", "Reshape", List.of(rows, "flat"));
            after.node("rows", "", "Gather", List.of("all_rows", "positions"), Map.of("axis", 0));
        }
        after.node("logits", "", "Cast", List.of("rows"), Map.of("to", DataType.FLOAT_VALUE));
    }

    /** The output of a graph that has the logits. */
    static ValueInfoProto logits(ExportedModel model, GraphProto graph) {
        Map<String, ValueInfoProto> outputs = new LinkedHashMap<>();
        graph.getOutputList().forEach(output -> outputs.put(output.getName(), output));
        ValueInfoProto logits = outputs.get("logits");
        if (logits == null) {
            throw new ModelFileException(model.file() + " has no output logits, but " + outputs.keySet()
                    + "; valid: a decoder with its head");
        }
        DataType type = ExportedInputs.type(logits);
        if (type != DataType.FLOAT && type != DataType.FLOAT16) {
            throw new ModelFileException(
                    model.file() + " has the output " + ExportedInputs.described(logits) + "; valid: float or float16");
        }
        return logits;
    }

    private String named(String name) {
        return name.isEmpty() ? name : names.getOrDefault(name, PREFIX + name);
    }

    private NodeProto renamed(NodeProto node) {
        NodeProto.Builder renamed = node.toBuilder();
        for (int i = 0; i < node.getInputCount(); i++) {
            renamed.setInput(i, named(node.getInput(i)));
        }
        for (int i = 0; i < node.getOutputCount(); i++) {
            renamed.setOutput(i, named(node.getOutput(i)));
        }
        for (AttributeProto.Builder attribute : renamed.getAttributeBuilderList()) {
            if (attribute.hasG()) {
                attribute.setG(renamed(attribute.getG()));
            }
            List<GraphProto> graphs = new ArrayList<>(attribute.getGraphsList());
            attribute.clearGraphs();
            graphs.forEach(each -> attribute.addGraphs(renamed(each)));
        }
        return renamed.build();
    }

    private GraphProto renamed(GraphProto inner) {
        GraphProto.Builder renamed = inner.toBuilder().clearValueInfo().clearNode();
        inner.getNodeList().forEach(node -> renamed.addNode(renamed(node)));
        renamed.getInitializerBuilderList().forEach(tensor -> tensor.setName(named(tensor.getName())));
        renamed.getSparseInitializerBuilderList()
                .forEach(tensor -> tensor.getValuesBuilder()
                        .setName(named(tensor.getValues().getName())));
        renamed.getInputBuilderList().forEach(value -> value.setName(named(value.getName())));
        renamed.getOutputBuilderList().forEach(value -> value.setName(named(value.getName())));
        return renamed.build();
    }

    private TensorProto renamed(TensorProto tensor) {
        return tensor.toBuilder().setName(named(tensor.getName())).build();
    }
}
