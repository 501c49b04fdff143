package io.github.tandem4j.onnx.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** In a process of its own, which ONNX Runtime may take down with it. */
@Timeout(120)
class RuntimeEnvironmentTest {

    @TempDir
    private Path place;

    static final class Opening {
        public static void main(String[] args) {
            System.out.println(RuntimeEnvironment.get());
        }
    }

    @Test
    void opensInAProcessWithALongCommandLine() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dlong=" + "x".repeat(50_000),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Opening.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(place.resolve("output").toFile())
                .start();
        assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(place.resolve("output")).content().contains("OrtEnvironment");
    }
}
