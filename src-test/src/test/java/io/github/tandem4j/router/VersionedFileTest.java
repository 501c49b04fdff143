package io.github.tandem4j.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What could not be read again is not written. */
final class VersionedFileTest {

    @TempDir
    private Path folder;

    @Test
    void aFileIsNeverLargerThanMayBeReadAndTheOneBeforeStays() throws Exception {
        Path file = folder.resolve("state.json");
        VersionedFile.write(file, content(10), 100_000);
        String before = Files.readString(file);
        assertThatThrownBy(() -> VersionedFile.write(file, content(200_000), 100_000))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContainingAll("state.json", "more than 100000 bytes");
        assertThat(Files.readString(file)).isEqualTo(before);
        try (Stream<Path> all = Files.list(folder)) {
            assertThat(all).containsExactly(file);
        }
        assertThat(VersionedFile.read(file, "thing", 1).content().path("text").asText())
                .hasSize(10);
    }

    private static ObjectNode content(int size) {
        return VersionedFile.begin("thing", 1).put("text", "x".repeat(size));
    }
}
