package io.github.tandem4j.onnx.gguf;

import java.util.List;

/**
 * A tensor's place in a GGUF file.
 *
 * @param shape extents, the fastest-running first: {@code [columns, rows]} of a matrix
 * @param offset of its first byte from the start of the tensor data
 */
record GgufTensor(String name, TensorType type, List<Long> shape, long offset) {
    /** Elements in a row. */
    long columns() {
        return shape.get(0);
    }

    long rows() {
        return shape.stream().skip(1).reduce(1L, (a, b) -> a * b);
    }

    long rowBytes() {
        return columns() / type.blockLength() * type.blockBytes();
    }

    long bytes() {
        return rows() * rowBytes();
    }
}
