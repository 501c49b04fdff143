package io.github.tandem4j.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {

    @TempDir
    private Path folder;

    @Test
    void whatFailsHalfWayLeavesTheFileAsItWasAndNothingBesideIt() throws IOException {
        Path file = folder.resolve("a.json");
        WholeFile.write(file, "old");

        assertThatThrownBy(() -> WholeFile.write(file, out -> {
                    out.write(1);
                    throw new IOException("the disk is full");
                }))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("a.json", "cannot be written", "the disk is full");
        assertThat(file).hasContent("old");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void theFileHasTheRightsOfOneThatIsWrittenStraight() throws IOException {
        Path straight = Files.writeString(folder.resolve("straight"), "x");
        Path moved = folder.resolve("moved");
        WholeFile.write(moved, "x");

        assertThat(Files.getPosixFilePermissions(moved)).isEqualTo(Files.getPosixFilePermissions(straight));
    }

    @Test
    void saysWhereItCannotWrite() {
        assertThatThrownBy(() -> WholeFile.write(folder.resolve("absent/a"), "x"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("absent");
    }
}
