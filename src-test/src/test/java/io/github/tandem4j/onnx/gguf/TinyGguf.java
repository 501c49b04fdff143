package io.github.tandem4j.onnx.gguf;

import java.io.IOException;
import java.nio.file.Path;

/** A tiny model's file for tests outside this package. */
public final class TinyGguf {
    private TinyGguf() {}

    /**
     * Writes a llama of a few thousand weights of 16 bits.
     *
     * @param file where to
     * @return the file
     * @throws IOException if it can't be written
     */
    public static Path write(Path file) throws IOException {
        return TinyLlama.of(TensorType.F16).write(file);
    }
}
