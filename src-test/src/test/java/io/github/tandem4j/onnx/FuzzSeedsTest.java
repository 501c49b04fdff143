package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The fuzz targets with the seeds that are kept, some of which found something once. */
class FuzzSeedsTest {
    /** Where Jazzer looks for the seeds of {@code ModelFuzzTest}. */
    private static final Path SEEDS = Path.of("src/test/resources/io/github/tandem4j/onnx/ModelFuzzTestInputs");

    static Stream<Arguments> seeds() throws IOException {
        List<Arguments> seeds = new ArrayList<>();
        for (String target : FuzzTargets.ALL.keySet().stream().sorted().toList()) {
            try (Stream<Path> files = Files.list(SEEDS.resolve(target))) {
                List<Path> found = files.sorted().toList();
                assertThat(found).as("seeds of " + target).isNotEmpty();
                found.forEach(file -> seeds.add(
                        Arguments.of(target, Named.of(file.getFileName().toString(), file))));
            }
        }
        return seeds.stream();
    }

    @ParameterizedTest
    @Timeout(60)
    @MethodSource("seeds")
    void endInAResultOrInARefusal(String target, Path seed) throws IOException {
        byte[] input = Files.readAllBytes(seed);

        assertThatCode(() -> Objects.requireNonNull(FuzzTargets.ALL.get(target)).accept(input))
                .doesNotThrowAnyException();
    }
}
