package io.github.tandem4j.onnx.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An ONNX graph in the making. Values are named by strings, as in ONNX itself. */
public final class Graph {
    /** The domain of ONNX Runtime's own operators. */
    public static final String MICROSOFT = "com.microsoft";

    /** Who a graph says has made it. */
    public static final String PRODUCER = "tandem";

    private static final int IR_VERSION = 9;
    private static final int OPSET = 18;

    private final String dataFile;
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("decoder");
    private final Set<String> names = new HashSet<>();

    /**
     * A graph with nothing in it.
     *
     * @param dataFile the file of external data, relative to the model's
     */
    public Graph(String dataFile) {
        this.dataFile = dataFile;
    }

    /**
     * Adds an input.
     *
     * @param name its name
     * @param type of its elements
     * @param shape its extents: a number, or a name where the extent is open
     */
    public void input(String name, DataType type, Object... shape) {
        graph.addInput(value(name, type, shape));
    }

    /**
     * Makes a value an output.
     *
     * @param name the value's name
     * @param type of its elements
     * @param shape its extents: a number, or a name where the extent is open
     */
    public void output(String name, DataType type, Object... shape) {
        graph.addOutput(value(name, type, shape));
    }

    /**
     * Adds a weight whose bytes lie in the file of external data, unless there is something by its name.
     *
     * @param name its name
     * @param type of its elements
     * @param place where its bytes lie
     * @param dims its extents
     * @return the name
     */
    public String weight(String name, DataType type, WeightWriter.Place place, long... dims) {
        if (names.add(name)) {
            graph.addInitializer(TensorProto.newBuilder()
                    .setName(name)
                    .setDataType(type.getNumber())
                    .addAllDims(Arrays.stream(dims).boxed().toList())
                    .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                    .addExternalData(entry("location", dataFile))
                    .addExternalData(entry("offset", Long.toString(place.offset())))
                    .addExternalData(entry("length", Long.toString(place.bytes()))));
        }
        return name;
    }

    /**
     * Adds a list of integers that lies in the graph, unless there is something by its name.
     *
     * @param name its name
     * @param values the integers
     * @return the name
     */
    public String constant(String name, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return constant(name, DataType.INT64, bytes, values.length);
    }

    /**
     * Adds floats that lie in the graph, unless there is something by their name.
     *
     * @param name their name
     * @param values the floats
     * @param dims their extents
     * @return the name
     */
    public String constant(String name, float[] values, long... dims) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return constant(name, DataType.FLOAT, bytes, dims);
    }

    private String constant(String name, DataType type, ByteBuffer bytes, long... dims) {
        if (names.add(name)) {
            graph.addInitializer(TensorProto.newBuilder()
                    .setName(name)
                    .setDataType(type.getNumber())
                    .addAllDims(Arrays.stream(dims).boxed().toList())
                    .setRawData(ByteString.copyFrom(bytes)));
        }
        return name;
    }

    /**
     * Whether a weight, a constant or a node's output bears this name.
     *
     * @param name the name
     * @return whether one does
     */
    public boolean has(String name) {
        return names.contains(name);
    }

    /**
     * Adds a node with one output.
     *
     * @param output the output's name
     * @param domain the operator's; empty for ONNX's own
     * @param operator what it does
     * @param inputs names of values
     * @param attributes integers and doubles
     * @return the output's name
     * @throws IllegalArgumentException if an attribute is something else
     */
    public String node(
            String output, String domain, String operator, List<String> inputs, Map<String, Object> attributes) {
        return nodes(List.of(output), domain, operator, inputs, attributes).get(0);
    }

    /**
     * Adds a node with one output, of an operator of ONNX, without attributes.
     *
     * @param output the output's name
     * @param operator what it does
     * @param inputs names of values
     * @return the output's name
     */
    public String node(String output, String operator, List<String> inputs) {
        return node(output, "", operator, inputs, Map.of());
    }

    /**
     * Adds a root-mean-square norm over the last axis.
     *
     * @param output the output's name
     * @param x what is normed
     * @param scale what it is multiplied by then
     * @param epsilon added to the mean square
     * @return the output's name
     */
    public String norm(String output, String x, String scale, double epsilon) {
        return node(
                output,
                "",
                "SimplifiedLayerNormalization",
                List.of(x, scale),
                Map.of("axis", -1, "epsilon", epsilon, "stash_type", 1));
    }

    /**
     * Adds a node.
     *
     * @param outputs the outputs' names, empty where one is not wanted; the first names the node
     * @param domain the operator's; empty for ONNX's own
     * @param operator what it does
     * @param inputs names of values
     * @param attributes integers and doubles
     * @return the outputs' names
     * @throws IllegalArgumentException if an attribute is something else
     */
    public List<String> nodes(
            List<String> outputs, String domain, String operator, List<String> inputs, Map<String, Object> attributes) {
        NodeProto.Builder node = NodeProto.newBuilder()
                .setName(outputs.get(0))
                .setDomain(domain)
                .setOpType(operator)
                .addAllInput(inputs)
                .addAllOutput(outputs);
        attributes.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(each -> node.addAttribute(attribute(each.getKey(), each.getValue())));
        graph.addNode(node);
        names.addAll(outputs);
        return outputs;
    }

    /**
     * The graph so far as a model.
     *
     * @param producerVersion which version of {@link #PRODUCER} has made it
     * @return the model
     */
    public ModelProto build(String producerVersion) {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName(PRODUCER)
                .setProducerVersion(producerVersion)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain(MICROSOFT).setVersion(1))
                .setGraph(graph)
                .build();
    }

    private static AttributeProto attribute(String name, Object value) {
        AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
        if (value instanceof Integer number) {
            return attribute
                    .setType(AttributeProto.AttributeType.INT)
                    .setI(number)
                    .build();
        }
        if (value instanceof Double number) {
            return attribute
                    .setType(AttributeProto.AttributeType.FLOAT)
                    .setF(number.floatValue())
                    .build();
        }
        throw new IllegalArgumentException("attribute " + name + " of " + value.getClass());
    }

    private static ValueInfoProto value(String name, DataType type, Object... shape) {
        TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
        for (Object extent : shape) {
            dims.addDim(
                    extent instanceof String open
                            ? Dimension.newBuilder().setDimParam(open)
                            : Dimension.newBuilder().setDimValue(((Number) extent).longValue()));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(dims)))
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }
}
