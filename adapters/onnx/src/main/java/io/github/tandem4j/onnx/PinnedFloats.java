package io.github.tandem4j.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.FloatBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A direct buffer that an output is written into, or nothing. */
record PinnedFloats(@Nullable OnnxTensor tensor) implements AutoCloseable {
    static PinnedFloats of(OrtEnvironment environment, @Nullable FloatBuffer buffer, int columns) throws OrtException {
        return of(environment, buffer, 1, columns);
    }

    static PinnedFloats of(OrtEnvironment environment, @Nullable FloatBuffer buffer, int rows, int columns)
            throws OrtException {
        return new PinnedFloats(
                buffer == null ? null : OnnxTensor.createTensor(environment, buffer, new long[] {rows, columns}));
    }

    void addTo(Map<String, OnnxTensor> outputs, String name) {
        if (tensor != null) {
            outputs.put(name, tensor);
        }
    }

    @Override
    public void close() {
        if (tensor != null) {
            tensor.close();
        }
    }
}
