package io.github.tandem4j.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
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
    record CacheTensor(String past, String present, long heads, long headSize) {}

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
        graph.input("room", DataType.INT64, 4);
        graph.node("zeros", "ConstantOfShape", List.of("room"));
        for (CacheTensor tensor : tensors) {
            graph.input(tensor.past(), DataType.FLOAT, "rows", tensor.heads(), "capacity", tensor.headSize());
            graph.output(tensor.present(), DataType.FLOAT, "rows", tensor.heads(), "more", tensor.headSize());
            graph.node(tensor.present(), "", "Concat", List.of(tensor.past(), "zeros"), Map.of("axis", 2));
        }
        return graph.build("").toByteArray();
    }

    List<CacheTensor> tensors() {
        return tensors;
    }

    long bytesPerToken() {
        return tensors.stream()
                .mapToLong(tensor -> tensor.heads() * tensor.headSize() * Float.BYTES)
                .sum();
    }

    /** What copies between allocations; close it. */
    CacheCopy copy() throws OrtException {
        return new CacheCopy(environment, tensors);
    }

    Allocation allocate(int capacity) throws OrtException {
        return allocate(1, capacity);
    }

    /** For so many sequences, each in a row of its own. */
    Allocation allocate(int rows, int capacity) throws OrtException {
        CacheTensor first = tensors.get(0);
        try (OnnxTensor empty = OnnxTensor.createTensor(
                environment, FloatBuffer.allocate(0), new long[] {rows, first.heads(), 0, first.headSize()})) {
            return extend(tensors.stream().map(tensor -> empty).toList(), rows, capacity);
        }
    }

    Allocation grow(Allocation old, int moreTokens) throws OrtException {
        return extend(old.tensors(), 1, moreTokens);
    }

    private Allocation extend(List<OnnxTensor> pasts, int rows, int moreTokens) throws OrtException {
        CacheTensor first = tensors.get(0);
        long[] room = {rows, first.heads(), moreTokens, first.headSize()};
        try (OnnxTensor shape = OnnxTensor.createTensor(environment, LongBuffer.wrap(room), new long[] {4})) {
            Map<String, OnnxTensor> inputs = new HashMap<>();
            inputs.put("room", shape);
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
