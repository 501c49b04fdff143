package io.github.tandem4j.onnx.gguf;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The GGUF tensor types that the import reads, with their block layout. A quantised weight is
 * {@code scale * (quantum + center) + minimum}, where scale and minimum are the same for all of a part of a block;
 * {@code quantum} is a number around 0.
 */
public enum TensorType {
    /** 32-bit floats. */
    F32(0, 1, 4),
    /** 16-bit floats of IEEE 754. */
    F16(1, 1, 2),
    /** The upper half of 32-bit floats. */
    BF16(30, 1, 2),
    /** 4 bits with a scale for 32. */
    Q4_0(2, 32, 18, 32, 4, 0),
    /** 4 bits with a scale and a minimum for 32. */
    Q4_1(3, 32, 20, 32, 4, 8),
    /** 5 bits with a scale for 32. */
    Q5_0(6, 32, 22, 32, 8, 0),
    /** 5 bits with a scale and a minimum for 32. */
    Q5_1(7, 32, 24, 32, 8, 16),
    /** 8 bits with a scale for 32. */
    Q8_0(8, 32, 34, 32, 8, 0),
    /** 4 bits with a scale and a minimum for 32, those in 6 bits each. */
    Q4_K(12, 256, 144, 32, 4, 8),
    /** 5 bits with a scale and a minimum for 32, those in 6 bits each. */
    Q5_K(13, 256, 176, 32, 8, 16),
    /** 6 bits with a scale for 16, that in 8 bits. */
    Q6_K(14, 256, 210, 16, 8, 0);

    /** Names of the types that exist but are not read, so that a refusal can say what it met. */
    private static final String[] GGML_NAMES = {
        "F32", "F16", "Q4_0", "Q4_1", "Q4_2", "Q4_3", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
        "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16",
        "I32", "I64", "F64", "IQ1_M", "BF16"
    };

    private final int id;
    private final int blockLength;
    private final int blockBytes;
    private final int part;
    private final int bits;
    private final int center;

    TensorType(int id, int blockLength, int blockBytes) {
        this(id, blockLength, blockBytes, 1, 0, 0);
    }

    TensorType(int id, int blockLength, int blockBytes, int part, int bits, int center) {
        this.id = id;
        this.blockLength = blockLength;
        this.blockBytes = blockBytes;
        this.part = part;
        this.bits = bits;
        this.center = center;
    }

    static Optional<TensorType> of(int id) {
        return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
    }

    static String nameOf(int id) {
        return id >= 0 && id < GGML_NAMES.length ? GGML_NAMES[id] : "type " + id;
    }

    static String supported() {
        return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
    }

    /** Elements in a block, which all lie in one row. */
    int blockLength() {
        return blockLength;
    }

    /** Bytes that a block takes in the file. */
    int blockBytes() {
        return blockBytes;
    }

    boolean isFloat() {
        return blockLength == 1;
    }

    /** Elements that share a scale. */
    int part() {
        return part;
    }

    /** Bits that ONNX Runtime keeps a quantum in, 4 or 8: those of 5 and 6 bits become 8. */
    int bits() {
        return bits;
    }

    /** What a quantum lies around; 0 in the types without a minimum. */
    int center() {
        return center;
    }

    boolean hasMinimum() {
        return center > 0;
    }
}
