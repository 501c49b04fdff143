package io.github.tandem4j.onnx;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** SmolLM2's GGUF file, put together from the parts in the jar of {@code tandem-smollm2}. */
final class SmolLm2Gguf {
    private static final String RESOURCE = "/io/github/tandem4j/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf.";

    private SmolLm2Gguf() {}

    static Path in(Path directory) throws IOException {
        Path file = directory.resolve("smollm2.gguf");
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int part = 0; ; part++) {
                try (InputStream in = SmolLm2Gguf.class.getResourceAsStream(RESOURCE + part + ".part")) {
                    if (in == null) {
                        return file;
                    }
                    in.transferTo(out);
                }
            }
        }
    }
}
