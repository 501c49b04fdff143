package io.github.tandem4j.onnx;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The GGUF tensor types that the import reads, with their block layout. */
enum TensorType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q8_0(8, 32, 34);

    /** Names of the types that exist but are not read, so that a refusal can say what it met. */
    private static final String[] GGML_NAMES = {
        "F32", "F16", "Q4_0", "Q4_1", "Q4_2", "Q4_3", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
        "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16",
        "I32", "I64", "F64", "IQ1_M", "BF16"
    };

    private final int id;
    private final int blockLength;
    private final int blockBytes;

    TensorType(int id, int blockLength, int blockBytes) {
        this.id = id;
        this.blockLength = blockLength;
        this.blockBytes = blockBytes;
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

    /** Four bits a weight. */
    boolean isNibbles() {
        return this == Q4_0 || this == Q4_1;
    }
}
