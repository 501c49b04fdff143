package io.github.tandem4j.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Goes through the rows of tensors, one below the other, a few megabytes at a time. */
final class TensorRows {
    private static final int CHUNK_BYTES = 1 << 22;

    private TensorRows() {}

    /** Takes whole rows. */
    interface Sink {
        /**
         * @param row the number of the first row, counted over all tensors
         * @param rows how many there are in {@code bytes}
         */
        void accept(ByteBuffer bytes, int row, int rows) throws IOException;
    }

    static void forEach(GgufFile gguf, List<GgufTensor> tensors, Sink sink) throws IOException {
        int first = 0;
        for (GgufTensor tensor : tensors) {
            int chunk = (int) Math.max(1, Math.min(tensor.rows(), CHUNK_BYTES / tensor.rowBytes()));
            ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(chunk * tensor.rowBytes()));
            for (long row = 0; row < tensor.rows(); row += chunk) {
                int rows = (int) Math.min(chunk, tensor.rows() - row);
                buffer.clear().limit(Math.toIntExact(rows * tensor.rowBytes()));
                sink.accept(
                        gguf.read(tensor, row * tensor.rowBytes(), buffer.slice()), Math.toIntExact(first + row), rows);
            }
            first = Math.toIntExact(first + tensor.rows());
        }
    }

    /** Dequantises {@code count} elements, exactly: each is one product and one sum of numbers that floats hold. */
    static void toFloats(TensorType type, ByteBuffer bytes, float[] into, int count) {
        switch (type) {
            case F32 -> bytes.asFloatBuffer().get(into, 0, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    into[i] = HalfFloat.toFloat(bytes.getShort());
                }
            }
            case Q8_0 -> {
                for (int i = 0; i < count; i += 32) {
                    float scale = HalfFloat.toFloat(bytes.getShort());
                    for (int k = 0; k < 32; k++) {
                        into[i + k] = scale * bytes.get();
                    }
                }
            }
            case Q4_0 -> {
                for (int i = 0; i < count; i += 32) {
                    float scale = HalfFloat.toFloat(bytes.getShort());
                    nibbles(bytes, into, i, scale, -8 * scale);
                }
            }
            case Q4_1 -> {
                for (int i = 0; i < count; i += 32) {
                    float scale = HalfFloat.toFloat(bytes.getShort());
                    nibbles(bytes, into, i, scale, HalfFloat.toFloat(bytes.getShort()));
                }
            }
        }
    }

    /** A byte holds element k in its low and element k + 16 in its high half. */
    private static void nibbles(ByteBuffer bytes, float[] into, int start, float scale, float minimum) {
        for (int k = 0; k < 16; k++) {
            int pair = bytes.get();
            into[start + k] = scale * (pair & 0xf) + minimum;
            into[start + 16 + k] = scale * ((pair >>> 4) & 0xf) + minimum;
        }
    }
}
