package io.github.tandem4j.onnx.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ONNX Runtime's library in a cache: there whole, or not used. */
final class UnpackedLibraryTest {
    @TempDir
    private Path place;

    @BeforeEach
    void onPosix() throws IOException {
        assumeTrue(
                FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
                "skipped: no permissions here");
        assumeTrue(
                OwnPath.keepsWhatItHolds(place.toRealPath()),
                "skipped: others may write above the directory for temporary files");
    }

    @Test
    void unpacksOnceAndRepairsWhatIsDamaged() throws IOException {
        Path directory = UnpackedLibrary.in(List.of(place)).orElseThrow();
        Path library = directory.resolve(System.mapLibraryName("onnxruntime"));
        Object first = key(library);
        assertThat(UnpackedLibrary.in(List.of(place))).contains(directory);
        assertThat(key(library)).isEqualTo(first);
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).hasSize(2);
        }

        try (RandomAccessFile file = new RandomAccessFile(library.toFile(), "rw")) {
            file.seek(file.length() / 2);
            int old = file.read();
            file.seek(file.length() / 2);
            file.write(old ^ 1);
        }
        assertThat(UnpackedLibrary.in(List.of(place))).contains(directory);
        assertThat(key(library)).as("another file").isNotEqualTo(first);

        Files.write(library, new byte[] {1, 2, 3});
        Path left = Files.createFile(directory.resolve(".unpackingByOneThatWasEnded"));
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        assertThat(UnpackedLibrary.in(List.of(place))).contains(directory);
        assertThat(Files.size(library)).isGreaterThan(1 << 20);
        assertThat(left).doesNotExist();
    }

    @Test
    void doesNotUseWhatOthersMayHaveWritten() throws IOException {
        Path directory = UnpackedLibrary.in(List.of(place)).orElseThrow();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(UnpackedLibrary.in(List.of(place))).isEmpty();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(UnpackedLibrary.in(List.of(place))).contains(directory);

        Path elsewhere = Files.createDirectory(place.resolve("elsewhere"));
        Path linked = Files.createDirectory(place.resolve("linked"));
        Files.move(directory, elsewhere.resolve(directory.getFileName()));
        Files.createSymbolicLink(linked.resolve(directory.getFileName()), elsewhere.resolve(directory.getFileName()));
        assertThat(UnpackedLibrary.in(List.of(linked))).isEmpty();
    }

    @Test
    void usesNoPlaceFromWhichOthersMayMoveThingsAway() throws IOException {
        Path above = Files.createDirectory(place.resolve("above"));
        Path cache = Files.createDirectory(above.resolve("cache"));
        Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(UnpackedLibrary.in(List.of(cache))).isEmpty();
        assertThat(cache).as("nor writes to it").isEmptyDirectory();

        Files.setAttribute(above, "unix:mode", 01777); // as the directory for temporary files is
        assertThat(UnpackedLibrary.in(List.of(cache))).isPresent();

        Path link = Files.createSymbolicLink(place.resolve("link"), cache);
        assertThat(UnpackedLibrary.in(List.of(link)))
                .isPresent()
                .get()
                .asInstanceOf(InstanceOfAssertFactories.PATH)
                .startsWith(cache.toRealPath());
    }

    @Test
    void writesNothingWhereAnotherUserIsTheOwner() throws IOException {
        Path directory = UnpackedLibrary.in(List.of(place)).orElseThrow();
        Files.delete(directory.resolve(System.mapLibraryName("onnxruntime")));
        assumeTrue(gaveAway(directory), "only an administrator can give a directory away");
        assertThat(UnpackedLibrary.in(List.of(place))).isEmpty();
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).hasSize(1);
        }
    }

    private static boolean gaveAway(Path directory) {
        try {
            Files.setAttribute(directory, "unix:uid", 54_321);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void whoTheUserIsIsNotWhatThePropertySays() throws IOException {
        String before = Objects.requireNonNull(System.setProperty("user.name", "somebody"));
        try {
            assertThat(UnpackedLibrary.in(List.of(place))).isPresent();
        } finally {
            System.setProperty("user.name", before);
        }
    }

    @Test
    void passesOverAPlaceThatIsNotThere() {
        assertThat(UnpackedLibrary.in(List.of())).isEmpty();
        assertThat(UnpackedLibrary.in(List.of(place.resolve("nowhere")))).isEmpty();
        assertThat(place.resolve("nowhere")).doesNotExist();
    }

    private static Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }
}
