package io.github.tandem4j.onnx.gguf;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.graph.RuntimeEnvironment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Runs an imported graph by its contract alone: caches of a fixed capacity that past and present share. */
final class GraphRun implements AutoCloseable {
    private final OrtEnvironment environment = RuntimeEnvironment.get();
    private final OrtSession session;
    private final int batch;
    private final Map<String, OnnxTensor> pasts = new HashMap<>();
    private final Map<String, OnnxTensor> presents = new HashMap<>();
    private int length;

    GraphRun(Path directory, int batch, int capacity) throws OrtException {
        this.batch = batch;
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            session = environment.createSession(
                    directory.resolve(ModelFiles.MODEL).toString(), options);
        }
        for (NodeInfo input : session.getInputInfo().values()) {
            if (input.getName().startsWith("past_key_values.")) {
                long[] shape = ((TensorInfo) input.getInfo()).getShape();
                long[] held = {batch, shape[1], capacity, shape[3]};
                FloatBuffer memory = ByteBuffer.allocateDirect(
                                Math.toIntExact(batch * shape[1] * capacity * shape[3] * Float.BYTES))
                        .order(ByteOrder.nativeOrder())
                        .asFloatBuffer();
                OnnxTensor tensor = OnnxTensor.createTensor(environment, memory, held);
                pasts.put(input.getName(), tensor);
                presents.put(input.getName().replace("past_key_values.", "present."), tensor);
            }
        }
    }

    /** Appends a row of tokens to each sequence; gives the logits behind each of the flattened positions. */
    float[][] logits(int[][] ids, int... positions) throws OrtException {
        int total = length + ids[0].length;
        long[] flat = Arrays.stream(ids)
                .flatMapToInt(Arrays::stream)
                .mapToLong(id -> id)
                .toArray();
        int[] lengths = new int[batch];
        Arrays.fill(lengths, total - 1);
        Map<String, OnnxTensor> inputs = new HashMap<>(pasts);
        inputs.put("input_ids", longs(flat, batch, ids[0].length));
        inputs.put("positions", longs(Arrays.stream(positions).asLongStream().toArray(), positions.length));
        inputs.put("targets", longs(new long[positions.length], positions.length, 1));
        inputs.put("seqlens_k", OnnxTensor.createTensor(environment, IntBuffer.wrap(lengths), new long[] {batch}));
        inputs.put(
                "total_sequence_length",
                OnnxTensor.createTensor(environment, IntBuffer.wrap(new int[] {total}), new long[] {1}));
        try (OrtSession.Result result = session.run(inputs, Set.of("logits"), presents)) {
            length = total;
            return (float[][]) result.get("logits").orElseThrow().getValue();
        } finally {
            inputs.forEach((name, tensor) -> {
                if (!pasts.containsKey(name)) {
                    tensor.close();
                }
            });
        }
    }

    private OnnxTensor longs(long[] values, long... shape) throws OrtException {
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
    }

    @Override
    public void close() throws OrtException {
        pasts.values().forEach(OnnxTensor::close);
        session.close();
    }
}
