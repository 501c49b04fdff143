package io.github.tandem4j.onnx.graph;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Appends tensors to the file of external data, each at a page's start, so that ONNX Runtime can map it. */
public final class WeightWriter {
    private static final int ALIGNMENT = 4096;

    private final OutputStream out;
    private long position;

    /**
     * Begins a file.
     *
     * @param out where it goes; its owner closes it
     */
    public WeightWriter(OutputStream out) {
        this.out = out;
    }

    /**
     * A run of bytes in the file of external data.
     *
     * @param offset where it begins
     * @param bytes how long it is
     */
    public record Place(long offset, long bytes) {}

    /**
     * Starts a tensor: pads to the next boundary.
     *
     * @return where it starts
     * @throws IOException if it can't be written
     */
    public long begin() throws IOException {
        long padding = -position & (ALIGNMENT - 1);
        out.write(new byte[(int) padding]);
        position += padding;
        return position;
    }

    /**
     * Writes on at the tensor that was started.
     *
     * @param bytes what to write
     * @param length how many of them
     * @throws IOException if they can't be written
     */
    public void append(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
        position += length;
    }

    /**
     * Ends a tensor.
     *
     * @param start where it started
     * @return where it lies
     */
    public Place end(long start) {
        return new Place(start, position - start);
    }

    /**
     * Writes on at the tensor that was started.
     *
     * @param values what to write
     * @throws IOException if they can't be written
     */
    public void append(float[] values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        append(bytes.array(), bytes.capacity());
    }

    /**
     * Writes a whole tensor.
     *
     * @param values its elements
     * @return where it lies
     * @throws IOException if it can't be written
     */
    public Place write(float[] values) throws IOException {
        long start = begin();
        append(values);
        return end(start);
    }

    /**
     * Writes a whole tensor.
     *
     * @param values its bytes
     * @return where it lies
     * @throws IOException if it can't be written
     */
    public Place write(byte[] values) throws IOException {
        long start = begin();
        append(values, values.length);
        return end(start);
    }
}
