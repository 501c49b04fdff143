package io.github.tandem4j.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Blocks of 32 weights in ONNX Runtime's layout: the quanta of a block side by side, scales and corrections apart.
 * The quanta are the file's own; nothing is quantised again.
 *
 * <p>ONNX Runtime reads a weight as {@code scale * (quantum - zero)} with a zero of 8 (4 bits) or 128 (8 bits).
 * Q8_0 and Q4_0 are that already. A Q4_1 weight is {@code scale * quantum + minimum}, which is {@code scale *
 * (quantum - 8) + correction} with {@code correction = minimum + 8 * scale}, the same for the whole block.
 */
final class QuantizedRows {
    static final int BLOCK = 32;

    private final int rows;
    private final int columns;
    private final int bits;
    private final WeightWriter.Place quanta;
    private final float[] scales;
    private final float[] corrections;

    private QuantizedRows(
            int rows, int columns, int bits, WeightWriter.Place quanta, float[] scales, float[] corrections) {
        this.rows = rows;
        this.columns = columns;
        this.bits = bits;
        this.quanta = quanta;
        this.scales = scales;
        this.corrections = corrections;
    }

    /** Writes the quanta of tensors of one quantised type, rows of one below the rows of the other. */
    static QuantizedRows write(GgufFile gguf, List<GgufTensor> tensors, WeightWriter out) throws IOException {
        TensorType type = tensors.get(0).type();
        int columns = Math.toIntExact(tensors.get(0).columns());
        int rows = Math.toIntExact(tensors.stream().mapToLong(GgufTensor::rows).sum());
        int blocksPerRow = columns / BLOCK;
        float[] scales = new float[Math.multiplyExact(rows, blocksPerRow)];
        float[] corrections = new float[type == TensorType.Q4_1 ? scales.length : 0];
        long start = out.begin();
        TensorRows.forEach(gguf, tensors, (bytes, firstRow, count) -> {
            int blockBytes = type.isNibbles() ? BLOCK / 2 : BLOCK;
            int blocks = count * blocksPerRow;
            byte[] quanta = new byte[blocks * blockBytes];
            int at = firstRow * blocksPerRow;
            for (int block = 0; block < blocks; block++, at++) {
                scales[at] = HalfFloat.toFloat(bytes.getShort());
                if (type == TensorType.Q4_1) {
                    corrections[at] = HalfFloat.toFloat(bytes.getShort()) + 8 * scales[at];
                }
                if (type.isNibbles()) {
                    repackNibbles(bytes, quanta, block * blockBytes);
                } else {
                    shiftBytes(bytes, quanta, block * blockBytes);
                }
            }
            out.append(quanta, quanta.length);
        });
        return new QuantizedRows(rows, columns, type.isNibbles() ? 4 : 8, out.end(start), scales, corrections);
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    int bits() {
        return bits;
    }

    WeightWriter.Place quanta() {
        return quanta;
    }

    /** [rows, blocks]; not a copy. */
    float[] scales() {
        return scales;
    }

    /** [rows, blocks]; empty if there are none; not a copy. */
    float[] corrections() {
        return corrections;
    }

    boolean needsCorrection() {
        return corrections.length > 0;
    }

    int blocksPerRow() {
        return columns / BLOCK;
    }

    /** GGUF pairs elements k and k + 16 in a byte, ONNX Runtime 2k and 2k + 1. */
    private static void repackNibbles(ByteBuffer bytes, byte[] into, int start) {
        int from = bytes.position();
        for (int k = 0; k < 8; k++) {
            int even = bytes.get(from + 2 * k);
            int odd = bytes.get(from + 2 * k + 1);
            into[start + k] = (byte) ((even & 0xf) | (odd << 4));
            into[start + 8 + k] = (byte) (((even >>> 4) & 0xf) | (odd & 0xf0));
        }
        bytes.position(from + 16);
    }

    /** Signed bytes to bytes around 128. */
    private static void shiftBytes(ByteBuffer bytes, byte[] into, int start) {
        bytes.get(into, start, BLOCK);
        for (int k = start; k < start + BLOCK; k++) {
            into[k] ^= (byte) 0x80;
        }
    }
}
