package io.github.tandem4j.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Native memory for key/value caches. Direct buffers of the JDK are freed whenever the garbage collector comes by, and
 * counted against a limit that has nothing to do with them; so the runtime itself is asked for memory, by a graph that
 * gives each tensor back with more room behind it. What it gives is freed the moment it is closed.
 */
final class CacheMemory implements AutoCloseable {
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final List<CacheTensor> tensors;

    /** One layer's keys or values. */
    record CacheTensor(String past, String present, long heads, long headSize, DataType type) {
        CacheTensor {
            if (type != DataType.FLOAT && type != DataType.FLOAT16) {
                throw new IllegalArgumentException("cache is of " + type + "; valid: float or float16");
            }
        }

        long bytesPerToken() {
            return heads * headSize * (type == DataType.FLOAT ? Float.BYTES : Short.BYTES);
        }

        OnnxTensor empty(OrtEnvironment environment) throws OrtException {
            long[] shape = {1, heads, 0, headSize};
            return type == DataType.FLOAT
                    ? OnnxTensor.createTensor(environment, FloatBuffer.allocate(0), shape)
                    : OnnxTensor.createTensor(environment, ShortBuffer.allocate(0), shape, OnnxJavaType.FLOAT16);
        }
    }

    /** The tensors of one cache, in the order of {@link #tensors()}; closing it frees them. */
    record Allocation(OrtSession.Result owner, List<OnnxTensor> tensors) implements AutoCloseable {
        @Override
        public void close() {
            owner.close();
        }
    }

    CacheMemory(OrtEnvironment environment, List<CacheTensor> tensors) throws OrtException {
        this.environment = environment;
        this.tensors = tensors;
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setCPUArenaAllocator(false);
            options.setMemoryPatternOptimization(false);
            session = environment.createSession(graph(tensors), options);
        }
    }

    private static byte[] graph(List<CacheTensor> tensors) {
        Graph graph = new Graph("");
        graph.input("room", DataType.INT64, 1);
        graph.constant("one", 1);
        for (CacheTensor tensor : tensors) {
            graph.input(tensor.past(), tensor.type(), 1, tensor.heads(), "capacity", tensor.headSize());
            graph.output(tensor.present(), tensor.type(), 1, tensor.heads(), "more", tensor.headSize());
            graph.node(tensor.present(), "", "Concat", List.of(tensor.past(), zeros(graph, tensor)), Map.of("axis", 2));
        }
        return graph.build("").toByteArray();
    }

    /** The same for all tensors of one shape and type. */
    private static String zeros(Graph graph, CacheTensor tensor) {
        String shape = tensor.heads() + "x" + tensor.headSize();
        String zeros = "zeros_" + shape + "_" + tensor.type();
        if (!graph.has(zeros)) {
            graph.constant("heads_" + shape, tensor.heads());
            graph.constant("size_" + shape, tensor.headSize());
            graph.node(
                    zeros + "/shape",
                    "",
                    "Concat",
                    List.of("one", "heads_" + shape, "room", "size_" + shape),
                    Map.of("axis", 0));
            graph.node(zeros + "/floats", "ConstantOfShape", List.of(zeros + "/shape"));
            graph.node(
                    zeros,
                    "",
                    "Cast",
                    List.of(zeros + "/floats"),
                    Map.of("to", tensor.type().getNumber()));
        }
        return zeros;
    }

    List<CacheTensor> tensors() {
        return tensors;
    }

    long bytesPerToken() {
        return tensors.stream().mapToLong(CacheTensor::bytesPerToken).sum();
    }

    Allocation allocate(int capacity) throws OrtException {
        List<OnnxTensor> empties = new ArrayList<>();
        try {
            for (CacheTensor tensor : tensors) {
                empties.add(tensor.empty(environment));
            }
            return extend(empties, capacity);
        } finally {
            empties.forEach(OnnxTensor::close);
        }
    }

    Allocation grow(Allocation old, int moreRows) throws OrtException {
        return extend(old.tensors(), moreRows);
    }

    private Allocation extend(List<OnnxTensor> pasts, int moreRows) throws OrtException {
        LongBuffer rows = LongBuffer.wrap(new long[] {moreRows});
        try (OnnxTensor room = OnnxTensor.createTensor(environment, rows, new long[] {1})) {
            Map<String, OnnxTensor> inputs = new HashMap<>();
            inputs.put("room", room);
            for (int i = 0; i < tensors.size(); i++) {
                inputs.put(tensors.get(i).past(), pasts.get(i));
            }
            OrtSession.Result result = session.run(inputs);
            List<OnnxTensor> presents = new ArrayList<>();
            for (CacheTensor tensor : tensors) {
                presents.add((OnnxTensor) result.get(tensor.present()).orElseThrow());
            }
            return new Allocation(result, presents);
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
