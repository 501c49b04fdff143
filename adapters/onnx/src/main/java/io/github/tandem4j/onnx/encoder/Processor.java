package io.github.tandem4j.onnx.encoder;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the processor can do, as far as Linux tells it. */
final class Processor {
    private static final List<String> NAMES = List.of("avx512_vnni", "avx_vnni");

    private Processor() {}

    /**
     * Whether it multiplies 8-bit integers and adds the products up in 32 bits. Older ones of Intel's and AMD's add pairs up
     * in 16 bits, which overflow with ONNX Runtime's signed weights.
     */
    static boolean multipliesBytes() {
        return multipliesBytes(Path.of("/proc/cpuinfo"));
    }

    static boolean multipliesBytes(Path file) {
        try (Stream<String> lines = Files.lines(file, ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> Stream.of(line.split("\\s+")).anyMatch(NAMES::contains))
                    .orElse(false);
        } catch (IOException e) {
            return false;
        }
    }
}
