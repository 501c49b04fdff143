package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.gguf.GgufImport;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelDirectoryTest {
    @TempDir
    private Path place;

    /** Opening begins with the weights, before what the small files say of them is read. */
    @ParameterizedTest
    @ValueSource(strings = {ModelFiles.MODEL, ModelFiles.WEIGHTS})
    @Timeout(60)
    void doesNotWaitForAPipeInTheModelsPlace(String name) throws Exception {
        Path directory = TinyLlama.of(TensorType.F32).importInto(place, Weights.EXACT);
        Path file = directory.resolve(name);
        Files.delete(file);
        assumeTrue(madePipe(file), "skipped: no pipes in a file system here");
        assertThatThrownBy(() -> OnnxModel.open(directory, 1))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(file.toString());
        assertThatThrownBy(() -> Decoder.open(directory, 1))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(file.toString());
    }

    private static boolean madePipe(Path file) throws InterruptedException {
        try {
            return new ProcessBuilder("mkfifo", file.toString()).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

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
