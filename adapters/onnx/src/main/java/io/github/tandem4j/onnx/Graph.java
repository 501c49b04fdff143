package io.github.tandem4j.onnx;

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
final class Graph {
    /** The domain of ONNX Runtime's own operators. */
    static final String MICROSOFT = "com.microsoft";

    /** Who a graph says has made it. */
    static final String PRODUCER = "tandem";

    private static final int IR_VERSION = 9;
    private static final int OPSET = 18;

    private final String dataFile;
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("decoder");
    private final Set<String> names = new HashSet<>();

    /** @param dataFile the file of external data, relative to the model's */
    Graph(String dataFile) {
        this.dataFile = dataFile;
    }

    /** A graph input; a null-free list of extents, where a negative number or a name leaves an extent open. */
    void input(String name, DataType type, Object... shape) {
        graph.addInput(value(name, type, shape));
    }

    void output(String name, DataType type, Object... shape) {
        graph.addOutput(value(name, type, shape));
    }

    /** A weight whose bytes lie in the file of external data. */
    String weight(String name, DataType type, WeightWriter.Place place, long... dims) {
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

    String constant(String name, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return constant(name, DataType.INT64, bytes, values.length);
    }

    String constant(String name, float[] values, long... dims) {
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

    /** Whether a weight, a constant or a node's output bears this name. */
    boolean has(String name) {
        return names.contains(name);
    }

    /** Adds a node with one output, which bears the name given. */
    String node(String output, String domain, String operator, List<String> inputs, Map<String, Object> attributes) {
        return nodes(List.of(output), domain, operator, inputs, attributes).get(0);
    }

    String node(String output, String operator, List<String> inputs) {
        return node(output, "", operator, inputs, Map.of());
    }

    /** A root-mean-square norm over the last axis. */
    String norm(String output, String x, String scale, double epsilon) {
        return node(
                output,
                "",
                "SimplifiedLayerNormalization",
                List.of(x, scale),
                Map.of("axis", -1, "epsilon", epsilon, "stash_type", 1));
    }

    List<String> nodes(
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

    ModelProto build(String producerVersion) {
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
