package io.github.tandem4j.onnx.gguf;

import io.github.tandem4j.onnx.files.HalfFloat;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Goes through the rows of a tensor, a few megabytes at a time. */
final class TensorRows {
    private static final int CHUNK_BYTES = 1 << 22;

    private TensorRows() {}

    /** Takes whole rows. */
    interface Sink {
        /**
         * @param row the number of the first row
         * @param rows how many there are in {@code bytes}
         */
        void accept(ByteBuffer bytes, int row, int rows) throws IOException;
    }

    static void forEach(GgufFile gguf, GgufTensor tensor, Sink sink) throws IOException {
        int chunk = (int) Math.max(1, Math.min(tensor.rows(), CHUNK_BYTES / tensor.rowBytes()));
        ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(chunk * tensor.rowBytes()));
        for (long row = 0; row < tensor.rows(); row += chunk) {
            int rows = (int) Math.min(chunk, tensor.rows() - row);
            buffer.clear().limit(Math.toIntExact(rows * tensor.rowBytes()));
            sink.accept(gguf.read(tensor, row * tensor.rowBytes(), buffer.slice()), Math.toIntExact(row), rows);
        }
    }

    /** The elements as floats; see {@link QuantizedBlock#toFloats}. */
    static void toFloats(TensorType type, ByteBuffer bytes, float[] into, int count) {
        switch (type) {
            case F32 -> bytes.asFloatBuffer().get(into, 0, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    into[i] = HalfFloat.toFloat(bytes.getShort());
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    into[i] = Float.intBitsToFloat(bytes.getShort() << 16);
                }
            }
            case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K -> {
                QuantizedBlock block = new QuantizedBlock(type);
                for (int i = 0; i < count; i += type.blockLength()) {
                    block.read(bytes);
                    block.toFloats(into, i);
                }
            }
        }
    }

    /** A short tensor of floats, whole. */
    static float[] floats(GgufFile gguf, GgufTensor tensor) throws IOException {
        float[] values = new float[Math.toIntExact(tensor.columns() * tensor.rows())];
        forEach(gguf, tensor, (bytes, row, rows) -> {
            float[] some = new float[Math.toIntExact(rows * tensor.columns())];
            toFloats(tensor.type(), bytes, some, some.length);
            System.arraycopy(some, 0, values, Math.toIntExact(row * tensor.columns()), some.length);
        });
        return values;
    }
}
