package io.github.tandem4j.onnx.gguf;

import io.github.tandem4j.onnx.graph.WeightWriter;
import java.io.IOException;
import java.util.List;

/**
 * Blocks of weights in ONNX Runtime's layout: the quanta of a block side by side, scales, zeros and corrections apart.
 *
 * <p>ONNX Runtime reads a weight as {@code scale * (quantum - zero)}, where the zero is 8 (4 bits) or 128 (8 bits) if
 * none is given. The quanta of a quantised tensor are kept: Q4_0, Q5_0, Q8_0 and Q6_K, whose blocks have 16 weights,
 * are that already, but for the bits that 5 and 6 leave unused. A weight of Q4_1, Q5_1, Q4_K or Q5_K is {@code scale *
 * quantum + minimum}, which is {@code scale * (quantum - center) + correction} with {@code correction = minimum +
 * center * scale}, the same for the whole block; the error that this causes is the correction's rounding to a float.
 */
final class QuantizedRows {
    private final int rows;
    private final int columns;
    private final int bits;
    private final int block;
    private final float[] scales;
    private final float[] corrections;
    private final byte[] zeros;
    private WeightWriter.Place quanta = new WeightWriter.Place(0, 0);

    private QuantizedRows(List<GgufTensor> tensors, int bits, int block, boolean corrected, boolean zeros) {
        this.rows = Math.toIntExact(tensors.stream().mapToLong(GgufTensor::rows).sum());
        this.columns = Math.toIntExact(tensors.get(0).columns());
        this.bits = bits;
        this.block = block;
        this.scales = new float[Math.multiplyExact(rows, blocksPerRow())];
        this.corrections = new float[corrected ? scales.length : 0];
        this.zeros = new byte[zeros ? Math.multiplyExact(rows, zeroBytesPerRow()) : 0];
    }

    /** Writes the quanta of tensors of one quantised type as they are, rows of one below the rows of the other. */
    static QuantizedRows keep(GgufFile gguf, List<GgufTensor> tensors, WeightWriter out, ReportBuilder report)
            throws IOException {
        TensorType type = tensors.get(0).type();
        QuantizedRows result = new QuantizedRows(tensors, type.bits(), type.part(), type.hasMinimum(), false);
        QuantizedBlock taken = new QuantizedBlock(type);
        int parts = type.blockLength() / type.part();
        int partBytes = type.part() * type.bits() / 8;
        long start = out.begin();
        int at = 0;
        for (GgufTensor tensor : tensors) {
            ErrorTally tally = new ErrorTally();
            int first = at;
            TensorRows.forEach(gguf, tensor, (bytes, row, count) -> {
                int blocks = count * result.blocksPerRow();
                byte[] packed = new byte[blocks * partBytes];
                int to = first + row * result.blocksPerRow();
                for (int block = 0; block < blocks; block += parts) {
                    taken.read(bytes);
                    for (int part = 0; part < parts; part++) {
                        result.take(type, taken, part, to + block + part, tally);
                        pack(
                                type.bits(),
                                taken.quanta,
                                part * type.part(),
                                type.part(),
                                packed,
                                (block + part) * partBytes);
                    }
                }
                out.append(packed, packed.length);
            });
            at += Math.toIntExact(tensor.rows() * result.blocksPerRow());
            report.add(tensor, type.bits() + " bit", result.bytes(tensor), tally);
        }
        result.quanta = out.end(start);
        return result;
    }

    /** Multiplies the weights of the first rows by a number, in their scales. */
    void multiply(int firstRows, float factor) {
        for (int i = 0; i < firstRows * blocksPerRow(); i++) {
            scales[i] *= factor;
            if (corrections.length > 0) {
                corrections[i] *= factor;
            }
        }
    }

    private void take(TensorType type, QuantizedBlock from, int part, int at, ErrorTally tally) {
        float scale = from.scales[part];
        scales[at] = scale;
        double correction = (double) from.minimums[part] + (double) type.center() * scale;
        double error = 0;
        if (type.hasMinimum()) {
            corrections[at] = (float) correction;
            error = correction - corrections[at];
        }
        int sum = 0;
        int squares = 0;
        for (int i = part * type.part(); i < (part + 1) * type.part(); i++) {
            int quantum = from.quanta[i];
            sum += quantum;
            squares += quantum * quantum;
        }
        tally.add(
                (double) scale * scale * squares + 2 * correction * scale * sum + correction * correction * type.part(),
                error,
                type.part());
    }

    /** Quantises tensors of floats, rows of one below the rows of the other. */
    static QuantizedRows quantize(
            GgufFile gguf, List<GgufTensor> tensors, int bits, WeightWriter out, ReportBuilder report)
            throws IOException {
        QuantizedRows result = new QuantizedRows(tensors, bits, BlockQuantizer.BLOCK, false, bits == 4);
        long start = out.begin();
        int firstRow = 0;
        for (GgufTensor tensor : tensors) {
            ErrorTally tally = new ErrorTally();
            int first = firstRow;
            TensorRows.forEach(gguf, tensor, (bytes, row, count) -> {
                float[] values = new float[Math.multiplyExact(count, result.columns)];
                TensorRows.toFloats(tensor.type(), bytes, values, values.length);
                byte[] packed = result.quantize(gguf, tensor, values, first + row, tally);
                out.append(packed, packed.length);
            });
            firstRow += Math.toIntExact(tensor.rows());
            report.add(tensor, bits + " bit", result.bytes(tensor), tally);
        }
        result.quanta = out.end(start);
        return result;
    }

    private byte[] quantize(GgufFile gguf, GgufTensor tensor, float[] values, int firstRow, ErrorTally tally) {
        BlockQuantizer quantizer = new BlockQuantizer(bits);
        byte[] packed = new byte[values.length * bits / 8];
        byte[] centered = new byte[block];
        int middle = 1 << (bits - 1);
        for (int from = 0; from < values.length; from += block) {
            for (int i = from; i < from + block; i++) {
                if (!Float.isFinite(values[i])) {
                    throw GgufFile.refused(
                            gguf.path(), "has a weight " + values[i] + " in " + tensor.name(), "finite numbers");
                }
            }
            quantizer.quantize(values, from);
            int row = firstRow + from / columns;
            int inRow = from % columns / block;
            scales[row * blocksPerRow() + inRow] = quantizer.scale();
            if (zeros.length > 0) {
                zeros[row * zeroBytesPerRow() + inRow / 2] |= (byte) (quantizer.zero() << (inRow % 2 * 4));
            }
            for (int i = 0; i < block; i++) {
                centered[i] = (byte) (quantizer.quanta[i] - middle);
                tally.add(values[from + i], quantizer.scale() * (double) (quantizer.quanta[i] - quantizer.zero()));
            }
            pack(bits, centered, 0, block, packed, from * bits / 8);
        }
        return packed;
    }

    /** So many quanta around 0 to quanta from 0 on, two a byte if they have 4 bits. */
    private static void pack(int bits, byte[] quanta, int from, int count, byte[] into, int start) {
        if (bits == 4) {
            for (int k = 0; k < count / 2; k++) {
                into[start + k] = (byte) ((quanta[from + 2 * k] + 8) | (quanta[from + 2 * k + 1] + 8) << 4);
            }
        } else {
            for (int k = 0; k < count; k++) {
                into[start + k] = (byte) (quanta[from + k] ^ 0x80);
            }
        }
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

    /** Weights that share a scale. */
    int block() {
        return block;
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

    /** [rows, blocks], two a byte, each row on its own; empty if all are in the middle; not a copy. */
    byte[] zeros() {
        return zeros;
    }

    boolean needsCorrection() {
        return corrections.length > 0;
    }

    int blocksPerRow() {
        return columns / block;
    }

    int zeroBytesPerRow() {
        return (blocksPerRow() + 1) / 2;
    }

    /** What a tensor's share takes in the file of weights. */
    private long bytes(GgufTensor tensor) {
        long perRow = (long) columns * bits / 8
                + (long) blocksPerRow() * Float.BYTES * (needsCorrection() ? 2 : 1)
                + (zeros.length > 0 ? zeroBytesPerRow() : 0);
        return tensor.rows() * perRow;
    }
}
