package io.github.tandem4j.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.tandem4j.onnx.graph.Graph;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Copies keys and values between caches. They lie in the runtime's own memory, which Java cannot see, so a graph does it:
 * it scatters what it cuts out of one cache into another that is its input and its output at once.
 */
final class CacheCopy implements AutoCloseable {
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final int tensors;
    private final int heads;

    CacheCopy(OrtEnvironment environment, List<CacheMemory.CacheTensor> tensors) throws OrtException {
        this.environment = environment;
        this.tensors = tensors.size();
        this.heads = (int) tensors.get(0).heads();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setCPUArenaAllocator(false);
            options.setMemoryPatternOptimization(false);
            session = environment.createSession(graph(tensors), options);
        }
    }

    private static byte[] graph(List<CacheMemory.CacheTensor> tensors) {
        Graph graph = new Graph("");
        graph.input("starts", DataType.INT64, 2);
        graph.input("ends", DataType.INT64, 2);
        graph.input("places", DataType.INT64, "heads", "tokens", 3);
        graph.constant("axes", 0, 2);
        for (int i = 0; i < tensors.size(); i++) {
            long heads = tensors.get(i).heads();
            long size = tensors.get(i).headSize();
            graph.input("from." + i, tensors.get(i).type(), "from_rows", heads, "from_capacity", size);
            graph.input("to." + i, tensors.get(i).type(), "rows", heads, "capacity", size);
            graph.output("done." + i, tensors.get(i).type(), "rows", heads, "capacity", size);
            String shape = graph.constant("shape." + i, heads, -1, size);
            String cut = graph.node("cut." + i, "Slice", List.of("from." + i, "starts", "ends", "axes"));
            String updates = graph.node("updates." + i, "Reshape", List.of(cut, shape));
            graph.node("done." + i, "ScatterND", List.of("to." + i, "places", updates));
        }
        return graph.build("").toByteArray();
    }

    /** Copies the tokens {@code from} to {@code end} of one row into the same places of a row of another cache. */
    void copy(CacheMemory.Allocation source, int sourceRow, CacheMemory.Allocation target, int row, int from, int end)
            throws OrtException {
        if (from == end) {
            return;
        }
        LongBuffer places = LongBuffer.allocate(heads * (end - from) * 3);
        for (int head = 0; head < heads; head++) {
            for (int token = from; token < end; token++) {
                places.put(row).put(head).put(token);
            }
        }
        places.flip();
        try (OnnxTensor starts = longs(sourceRow, from);
                OnnxTensor ends = longs(sourceRow + 1L, end);
                OnnxTensor at = OnnxTensor.createTensor(environment, places, new long[] {heads, end - from, 3})) {
            Map<String, OnnxTensor> inputs = new HashMap<>(Map.of("starts", starts, "ends", ends, "places", at));
            Map<String, OnnxTensor> outputs = new HashMap<>();
            for (int i = 0; i < tensors; i++) {
                inputs.put("from." + i, source.tensor(i));
                inputs.put("to." + i, target.tensor(i));
                outputs.put("done." + i, target.tensor(i));
            }
            session.run(inputs, Set.of(), outputs, null).close();
        }
    }

    private OnnxTensor longs(long... values) throws OrtException {
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), new long[] {values.length});
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
