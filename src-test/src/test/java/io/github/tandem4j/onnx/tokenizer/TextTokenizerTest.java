package io.github.tandem4j.onnx.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** In a process of its own, which cannot load the native library. */
@Timeout(120)
class TextTokenizerTest {
    @TempDir
    private Path place;

    static final class Opening {
        private Opening() {}

        public static void main(String[] args) {
            for (int i = 0; i < 2; i++) {
                try {
                    TokenizerLibrary.openForText("some.json", "{}".getBytes(StandardCharsets.UTF_8));
                } catch (ModelFileException e) {
                    System.out.println("refused: " + e.getMessage());
                }
            }
        }
    }

    @Test
    void aLibraryThatCannotBeLoadedIsAnExceptionEachTime() throws IOException, InterruptedException {
        Path output = place.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-DRUST_LIBRARY_PATH=" + place.resolve("nowhere"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Opening.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readAllLines(output))
                .filteredOn(line -> line.startsWith("refused: some.json"))
                .hasSize(2);
    }
}
