package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tandem4j.onnx.gguf.GgufImport;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDirectoryTest {
    @TempDir
    private Path place;

    @Test
    void anImportWithAnotherWindowReadsAsAnotherModel() throws IOException {
        Path gguf = TinyLlama.of(TensorType.F32).write(place.resolve("tiny.gguf"));
        GgufImport.of(gguf).into(place.resolve("whole"));
        GgufImport.of(gguf).window(256).into(place.resolve("windowed"));

        ModelDirectory whole = ModelDirectory.open(place.resolve("whole"), null);
        ModelDirectory windowed = ModelDirectory.open(place.resolve("windowed"), null);

        assertThat(whole.window()).isEqualTo(TinyLlama.WINDOW);
        assertThat(windowed.window()).isEqualTo(256);
        assertThat(windowed.fingerprint()).isNotEqualTo(whole.fingerprint());
    }
}
