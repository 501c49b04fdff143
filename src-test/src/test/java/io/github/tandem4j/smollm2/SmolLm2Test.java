package io.github.tandem4j.smollm2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.onnx.OnnxEndpoint;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The weights in the artifact, and the cache that they are imported into. */
final class SmolLm2Test {

    @TempDir
    private Path cache;

    @Test
    void theArtifactHasTheWeightsByteForByte() throws IOException {
        Path file = cache.resolve("weights.gguf");
        Weights.writeTo(file); // checks the SHA-256, and throws if it differs
        assertThat(Files.size(file)).isEqualTo(98_362_432);
    }

    @Test
    void opensAndAnswers() {
        try (OnnxEndpoint small = SmolLm2.open()) {
            assertThat(small.id()).isEqualTo("smollm2");
            assertThat(small.answer("What is the capital of France? Answer in one short sentence.")
                            .text())
                    .contains("Paris");
        }
    }

    @Test
    void whoeverMayReadTheCacheMayReadTheModel() throws IOException {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"), "no permissions here");
        Path shared = Files.createDirectory(cache.resolve("shared"));
        Path mine = Files.createDirectory(cache.resolve("mine"));
        Path model = Files.createDirectory(cache.resolve("model"));
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxr-x"));
        Files.setPosixFilePermissions(mine, PosixFilePermissions.fromString("rwx------"));
        CacheDirectory.openLike(shared, model);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(model)))
                .isEqualTo("rwxr-xr-x");
        CacheDirectory.openLike(mine, model);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(model)))
                .isEqualTo("rwx------");
    }

    @Test
    void importsADamagedModelAgainAndClearsWhatACutOffImportLeft() throws IOException {
        Path model = copyOfTheSharedModel();
        assertThat(Checksums.hold(model)).isTrue();
        try (Stream<Path> files = Files.list(model)) {
            Path largest = files.max(
                            Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
            try (RandomAccessFile weights = new RandomAccessFile(largest.toFile(), "rw")) {
                weights.seek(weights.length() / 2);
                int old = weights.read();
                weights.seek(weights.length() / 2);
                weights.write(old ^ 0x10);
            }
        }
        Path leftover = Files.createDirectories(cache.resolve(model.getFileName() + ".work-123"));
        Files.writeString(leftover.resolve("half"), "half a file");
        assertThat(Checksums.hold(model)).isFalse();
        assertThat(SmolLm2.directoryIn(cache)).isEqualTo(model);
        assertThat(Checksums.hold(model)).isTrue();
        assertThat(leftover).doesNotExist();
    }

    /** As an earlier import left it, in a cache of this test's own. */
    private Path copyOfTheSharedModel() throws IOException {
        Path model = Files.createDirectory(cache.resolve(ModelCache.NAME));
        try (Stream<Path> files = Files.list(SmolLm2.directory())) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        return model;
    }

    @Test
    void checksumsSeeWhatIsMissingOrChangedAndNotWhatAFileManagerAdds() throws IOException {
        Path weights = Files.writeString(cache.resolve("weights"), "0123456789");
        Path name = Files.writeString(cache.resolve("a name with spaces"), "abc");
        assertThat(Checksums.hold(cache)).as("no list").isFalse();
        Checksums.write(cache);
        assertThat(Checksums.hold(cache)).isTrue();
        Files.writeString(cache.resolve(".DS_Store"), "left by a file manager");
        assertThat(Checksums.hold(cache)).isTrue();
        Files.writeString(weights, "0123456780");
        assertThat(Checksums.hold(cache)).as("changed").isFalse();
        Files.writeString(weights, "0123456789");
        assertThat(Checksums.hold(cache)).isTrue();
        Files.delete(name);
        assertThat(Checksums.hold(cache)).as("missing").isFalse();
        for (String list : new String[] {"", "\n", "0", "00000000 3 ../x", "00000000 0 .", "\u0000 1 \u0000"}) {
            Files.writeString(cache.resolve("checksums.txt"), list);
            assertThat(Checksums.hold(cache)).as("list '%s'", list).isFalse();
        }
    }

    @Test
    void checksumsReadTheSameInEveryLanguage() throws IOException {
        Files.writeString(cache.resolve("weights"), "0123456789");
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            Checksums.write(cache);
        } finally {
            Locale.setDefault(before);
        }
        assertThat(Checksums.hold(cache)).isTrue();
    }

    @Test
    void aTemporaryDirectoryThatAnybodyMayHaveFilledIsNotTrusted() throws IOException {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"), "no permissions here");
        Path temporary = Files.createDirectory(cache.resolve("tandem-ada"));
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(CacheDirectory.isTrusted(temporary, temporary)).isTrue();
        for (String loose : new String[] {"rwxrwxr-x", "rwxr-xrwx"}) {
            Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString(loose));
            assertThat(CacheDirectory.isTrusted(temporary, temporary)).as(loose).isFalse();
        }
        assertThat(CacheDirectory.isTrusted(temporary, cache.resolve("another")))
                .as("a place that somebody chose")
                .isTrue();
        Path link = Files.createSymbolicLink(cache.resolve("link"), cache);
        assertThat(CacheDirectory.isTrusted(link, link)).isFalse();
        assertThat(CacheDirectory.isTrusted(cache.resolve("none"), cache.resolve("none")))
                .isFalse();
    }

    @Test
    void twoThreadsAtOnceMakeOneModelOnceAndLeaveNothingBeside() throws IOException {
        Path place = cache.resolve(ModelCache.NAME);
        Files.createSymbolicLink(place, cache.resolve("nowhere")); // a place that points nowhere is taken
        CompletableFuture<Path> one = CompletableFuture.supplyAsync(() -> SmolLm2.directoryIn(cache));
        CompletableFuture<Path> two = CompletableFuture.supplyAsync(() -> SmolLm2.directoryIn(cache));
        assertThat(one.join()).isEqualTo(two.join()).isEqualTo(place).isDirectory();
        assertThat(Files.isSymbolicLink(place)).isFalse();
        assertThat(Checksums.hold(place)).isTrue();
        FileTime made = Files.getLastModifiedTime(place.resolve("config.json"));
        assertThat(SmolLm2.directoryIn(cache)).isEqualTo(place);
        assertThat(Files.getLastModifiedTime(place.resolve("config.json"))).isEqualTo(made);
        try (Stream<Path> entries = Files.list(cache)) {
            assertThat(entries.filter(Files::isDirectory)).containsExactly(place);
        }
        assertThat(Files.readString(place.resolve("checksums.txt")))
                .as("an import that changed without its version: other tests read the old one; delete "
                        + SmolLm2.directory().getParent())
                .isEqualTo(Files.readString(SmolLm2.directory().resolve("checksums.txt")));
    }

    @Test
    void twoProcessesAtOnceMakeOneModel() throws Exception {
        Process first = otherProcess();
        Process second = otherProcess();
        assertThat(first.waitFor()).isZero();
        assertThat(second.waitFor()).isZero();
        try (Stream<Path> entries = Files.list(cache)) {
            List<Path> models = entries.filter(Files::isDirectory).toList();
            assertThat(models).hasSize(1);
            assertThat(Checksums.hold(models.get(0))).isTrue();
        }
    }

    /** Imports in a process of its own. */
    public static final class OtherProcess {

        private OtherProcess() {}

        /** Imports into the directory that is named. */
        public static void main(String[] args) {
            SmolLm2.directoryIn(Path.of(args[0]));
        }
    }

    private Process otherProcess() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        cache.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @Test
    void theSystemPropertyComesBeforeTheEnvironmentAndThatBeforeTheHome() {
        Map<String, String> properties =
                Map.of("os.name", "Linux", "user.home", "/home/ada", "java.io.tmpdir", "/var/tmp", "user.name", "ada");
        assertThat(CacheDirectory.candidates(Map.of(), name -> properties.getOrDefault(name, "")))
                .containsExactly(Path.of("/home/ada/.cache/tandem"), Path.of("/var/tmp/tandem-ada"));
        assertThat(CacheDirectory.candidates(
                        Map.of("XDG_CACHE_HOME", "/cache"), name -> properties.getOrDefault(name, "")))
                .startsWith(Path.of("/cache/tandem"));
        assertThat(CacheDirectory.candidates(
                        Map.of("XDG_CACHE_HOME", "relative"), name -> properties.getOrDefault(name, "")))
                .as("by the specification, a relative path counts as none")
                .startsWith(Path.of("/home/ada/.cache/tandem"));
        assertThat(CacheDirectory.candidates(
                        Map.of("TANDEM_CACHE", "/models"), name -> properties.getOrDefault(name, "")))
                .containsExactly(Path.of("/models"));
        assertThat(CacheDirectory.candidates(
                        Map.of("TANDEM_CACHE", "/models"),
                        name -> name.equals("tandem.cache") ? "/first" : properties.getOrDefault(name, "")))
                .containsExactly(Path.of("/first"));
    }

    @Test
    void aHomeWhereNothingCanBeWrittenIsPassedOver() throws IOException {
        Path file = Files.writeString(cache.resolve("file"), "not a directory");
        Path unwritable = file.resolve("tandem");
        Path fallback = cache.resolve("fallback");
        assertThat(CacheDirectory.writable(List.of(unwritable, fallback))).isEqualTo(fallback);
        assertThatThrownBy(() -> CacheDirectory.writable(List.of(unwritable)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("tandem.cache");
        assertThatThrownBy(() -> SmolLm2.directoryIn(unwritable)).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void aModelThatWasPutThereBeforehandNeedsNoPermissionToWrite() throws IOException {
        Path model = copyOfTheSharedModel();
        Files.walkFileTree(cache, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                file.toFile().setWritable(false);
                return FileVisitResult.CONTINUE;
            }
        });
        cache.toFile().setWritable(false);
        try {
            assertThat(SmolLm2.directoryIn(cache)).isEqualTo(model);
        } finally {
            cache.toFile().setWritable(true);
        }
    }
}
