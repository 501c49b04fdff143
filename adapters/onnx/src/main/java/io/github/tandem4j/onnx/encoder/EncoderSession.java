package io.github.tandem4j.onnx.encoder;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.files.ExternalWeights;
import io.github.tandem4j.onnx.graph.RuntimeEnvironment;
import java.io.IOException;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The session that runs an encoder's graph, each run on its caller's thread. Which inputs there are, and of which type,
 * is read from the graph. Thread-safe.
 */
final class EncoderSession implements AutoCloseable {
    private final String name;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final Map<Input, NodeInfo> inputs;
    private final boolean quantizesByBatch;

    /** What an encoder is told about each token, under the names that exporters give it. */
    private enum Input {
        IDS,
        MASK,
        TYPES;

        static @Nullable Input called(String name) {
            return switch (name) {
                case "input_ids", "input" -> IDS;
                case "attention_mask", "input_mask" -> MASK;
                case "token_type_ids", "segment_ids" -> TYPES;
                default -> null;
            };
        }

        int of(Row row, int index) {
            return switch (this) {
                case IDS -> row.id(index);
                case MASK -> 1;
                case TYPES -> row.type(index);
            };
        }
    }

    private EncoderSession(
            String name,
            OrtEnvironment environment,
            OrtSession session,
            Map<Input, NodeInfo> inputs,
            boolean quantizesByBatch) {
        this.name = name;
        this.environment = environment;
        this.session = session;
        this.inputs = inputs;
        this.quantizesByBatch = quantizesByBatch;
    }

    /**
     * Opens a model's session.
     *
     * @param sample makes rows of texts of the usual kind, on which 8-bit arithmetic finds its channels
     */
    static EncoderSession open(EncoderFiles files, Arithmetic arithmetic, EncoderTokenizer sample) {
        String name = files.modelName();
        byte[] bytes = files.model();
        ModelProto proto;
        try {
            CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
            in.enableAliasing(true); // the weights are looked at and not copied
            proto = ModelProto.parseFrom(in);
        } catch (IOException e) {
            throw new ModelFileException(name + " is no ONNX model: " + e.getMessage(), e);
        }
        files.modelPath().ifPresent(path -> ExternalWeights.check(path, bytes));
        if (arithmetic == Arithmetic.EIGHT_BIT && Processor.multipliesBytes() && EightBitGraph.canRewrite(proto)) {
            Map<String, ChannelRange> ranges = ranges(name, proto, sample);
            return open(name, false, session -> {
                byte[] rewritten = EightBitGraph.rewritten(proto, ranges).toByteArray();
                return RuntimeEnvironment.get().createSession(rewritten, session);
            });
        }
        boolean quantizes = proto.getGraph().getNodeList().stream()
                .anyMatch(node -> node.getOpType().equals("DynamicQuantizeLinear"));
        return open(
                name,
                quantizes,
                session -> files.modelPath().isPresent()
                        ? RuntimeEnvironment.get()
                                .createSession(files.modelPath().get().toString(), session)
                        : RuntimeEnvironment.get().createSession(bytes, session));
    }

    /** Makes a session of options. */
    private interface Maker {
        OrtSession of(OrtSession.SessionOptions options) throws OrtException;
    }

    private static EncoderSession open(String name, boolean quantizesByBatch, Maker maker) {
        OrtEnvironment environment = RuntimeEnvironment.get();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            // Every length of row would keep a plan of its own.
            options.setMemoryPatternOptimization(false);
            OrtSession session = maker.of(options);
            try {
                return new EncoderSession(name, environment, session, inputs(name, session), quantizesByBatch);
            } catch (OrtException | RuntimeException e) {
                session.close();
                throw e;
            }
        } catch (OrtException e) {
            throw new ModelFileException(name + " is no model that ONNX Runtime runs: " + e.getMessage(), e);
        }
    }

    /** How far the activations go that are multiplied with weights, by their names. */
    private static Map<String, ChannelRange> ranges(String name, ModelProto proto, EncoderTokenizer sample) {
        Map<String, Integer> channels = new LinkedHashMap<>();
        Product.of(proto.getGraph())
                .forEach(
                        (input, products) -> channels.put(input, products.get(0).rows()));
        ModelProto.Builder watched = proto.toBuilder();
        Set<String> outputs = proto.getGraph().getOutputList().stream()
                .map(ValueInfoProto::getName)
                .collect(Collectors.toSet());
        channels.keySet().stream()
                .filter(input -> !outputs.contains(input))
                .forEach(input -> watched.getGraphBuilder()
                        .addOutput(ValueInfoProto.newBuilder()
                                .setName(input)
                                .setType(TypeProto.newBuilder()
                                        .setTensorType(TypeProto.Tensor.newBuilder()
                                                .setElemType(TensorProto.DataType.FLOAT.getNumber())))));
        byte[] bytes = watched.build().toByteArray();
        Map<String, ChannelRange> ranges = new LinkedHashMap<>();
        try (EncoderSession session = open(name, false, options -> {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT); // opened for a few runs
            options.addConfigEntry("session.disable_prepacking", "1");
            return RuntimeEnvironment.get().createSession(bytes, options);
        })) {
            for (Row row : sample.sample()) {
                session.run(List.of(row), sample.padId(), channels.keySet(), result -> {
                    for (Map.Entry<String, Integer> each : channels.entrySet()) {
                        ranges.computeIfAbsent(each.getKey(), input -> new ChannelRange())
                                .add(session.tensor(result, each.getKey()).getFloatBuffer(), each.getValue());
                    }
                    return true;
                });
            }
        }
        return ranges;
    }

    private static Map<Input, NodeInfo> inputs(String name, OrtSession session) throws OrtException {
        Map<Input, NodeInfo> found = new EnumMap<>(Input.class);
        for (NodeInfo node : session.getInputInfo().values()) {
            Input input = Input.called(node.getName());
            if (input == null || found.put(input, node) != null) {
                throw new ModelFileException(name + " has an input " + node.getName()
                        + "; valid: input_ids, attention_mask and token_type_ids, of which only the first must be");
            }
            if (!(node.getInfo() instanceof TensorInfo tensor)
                    || tensor.getShape().length != 2
                    || (tensor.type != OnnxJavaType.INT64 && tensor.type != OnnxJavaType.INT32)) {
                throw new ModelFileException(name + " has an input " + node.getName() + " of " + node.getInfo()
                        + "; valid: integers by row and token");
            }
        }
        if (!found.containsKey(Input.IDS)) {
            throw new ModelFileException(name + " has no input input_ids");
        }
        return found;
    }

    /** Whether rows of different lengths can be in one batch, with what fills them up left out of account. */
    boolean hasMask() {
        return inputs.containsKey(Input.MASK);
    }

    /** Whether a row's numbers depend on the rows beside it, since all of a batch are quantised with one scale. */
    boolean quantizesByBatch() {
        return quantizesByBatch;
    }

    /** The outputs of real numbers, by name, in the graph's order, with their shapes; open extents are negative. */
    List<Output> outputs() {
        List<Output> outputs = new ArrayList<>();
        try {
            for (NodeInfo node : session.getOutputInfo().values()) {
                if (node.getInfo() instanceof TensorInfo tensor && tensor.type == OnnxJavaType.FLOAT) {
                    outputs.add(new Output(node.getName(), tensor.getShape().length));
                }
            }
        } catch (OrtException e) {
            throw new ModelFileException(name + " does not tell its outputs: " + e.getMessage(), e);
        }
        return outputs;
    }

    /**
     * An output of the graph.
     *
     * @param rank how many extents it has; the first are the rows
     */
    record Output(String name, int rank) {}

    /** Makes something of a run's results, which are there for as long as that takes. */
    private interface Reader<T> {
        T of(OrtSession.Result result);
    }

    /** Computes an output for some rows, filled up to the longest. */
    Numbers run(List<Row> rows, int padId, Output output) {
        int length = rows.stream().mapToInt(Row::length).max().orElseThrow();
        return run(
                rows,
                padId,
                Set.of(output.name()),
                result -> Numbers.of(name, output, tensor(result, output.name()), rows.size(), length));
    }

    private <T> T run(List<Row> rows, int padId, Set<String> outputs, Reader<T> reader) {
        int length = rows.stream().mapToInt(Row::length).max().orElseThrow();
        List<OnnxTensor> tensors = new ArrayList<>();
        try {
            Map<String, OnnxTensor> fed = new HashMap<>();
            for (Map.Entry<Input, NodeInfo> input : inputs.entrySet()) {
                OnnxTensor tensor = tensor(input.getKey(), input.getValue(), rows, length, padId);
                tensors.add(tensor);
                fed.put(input.getValue().getName(), tensor);
            }
            try (OrtSession.Result result = session.run(fed, outputs)) {
                return reader.of(result);
            }
        } catch (OrtException e) {
            throw new ConfigurationException(name + " failed in ONNX Runtime: " + e.getMessage(), e);
        } finally {
            tensors.forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor tensor(OrtSession.Result result, String output) {
        return result.get(output)
                .filter(OnnxTensor.class::isInstance)
                .map(OnnxTensor.class::cast)
                .orElseThrow(() -> new ModelFileException(name + " gave no " + output));
    }

    private OnnxTensor tensor(Input input, NodeInfo node, List<Row> rows, int length, int padId) throws OrtException {
        long[] shape = {rows.size(), length};
        long[] values = new long[rows.size() * length];
        int at = 0;
        for (Row row : rows) {
            for (int i = 0; i < length; i++) {
                int fill = input == Input.IDS ? padId : 0;
                values[at++] = i < row.length() ? input.of(row, i) : fill;
            }
        }
        if (((TensorInfo) node.getInfo()).type == OnnxJavaType.INT64) {
            return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
        }
        int[] ints = new int[values.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = (int) values[i];
        }
        return OnnxTensor.createTensor(environment, IntBuffer.wrap(ints), shape);
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new ConfigurationException(name + " could not be closed: " + e.getMessage(), e);
        }
    }
}
