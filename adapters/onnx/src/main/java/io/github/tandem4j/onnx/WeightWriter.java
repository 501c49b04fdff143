package io.github.tandem4j.onnx;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Appends tensors to the file of external data, each at a page's start, so that ONNX Runtime can map it. */
final class WeightWriter {
    private static final int ALIGNMENT = 4096;

    private final OutputStream out;
    private long position;

    WeightWriter(OutputStream out) {
        this.out = out;
    }

    /** A run of bytes in the file of external data. */
    record Place(long offset, long bytes) {}

    /** Starts a tensor: pads to the next boundary. */
    long begin() throws IOException {
        long padding = -position & (ALIGNMENT - 1);
        out.write(new byte[(int) padding]);
        position += padding;
        return position;
    }

    void append(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
        position += length;
    }

    Place end(long start) {
        return new Place(start, position - start);
    }

    void append(float[] values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        append(bytes.array(), bytes.capacity());
    }

    Place write(float[] values) throws IOException {
        long start = begin();
        append(values);
        return end(start);
    }

    Place write(byte[] values) throws IOException {
        long start = begin();
        append(values, values.length);
        return end(start);
    }
}
