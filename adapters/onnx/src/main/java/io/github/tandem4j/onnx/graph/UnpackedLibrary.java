package io.github.tandem4j.onnx.graph;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import ai.onnxruntime.OrtEnvironment;
import io.github.tandem4j.onnx.files.LibraryFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.jar.JarEntry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ONNX Runtime's native library, unpacked once and not at every start: 28 MB, which take a fifth of a second. It lies under
 * its checksum in the jar, so that each release has its own, and is compared with that before it is loaded. A file is
 * moved to its place whole, and replaced and never overwritten: other processes may have it open.
 *
 * <p>Loaded is only what nobody else can have put there, or can put there between the look and the loading. Whatever else
 * is amiss, the runtime unpacks its library itself.
 */
final class UnpackedLibrary {
    /** Names the directory where the runtime finds its libraries, which it then does not unpack. */
    static final String PATH = "onnxruntime.native.path";

    /** How the names of all properties begin by which a user says where the libraries are. */
    private static final String CHOICES = "onnxruntime.native.";

    private static final String UNPACKING = ".unpacking";

    private static final List<String> NAMES = List.of("onnxruntime", "onnxruntime4j_jni");

    private UnpackedLibrary() {}

    /** Not before there is something to tell: what logs an application has takes it time to find. */
    private static Logger log() {
        return LoggerFactory.getLogger(UnpackedLibrary.class);
    }

    /** The directory with the libraries, in the first of these where they are or can be put; empty if there is none. */
    static Optional<Path> in(List<Path> places) {
        try {
            List<JarEntry> entries = entries();
            if (entries.isEmpty()) {
                return Optional.empty();
            }
            StringBuilder name = new StringBuilder("onnxruntime");
            entries.forEach(entry -> name.append('-').append(Long.toHexString(entry.getCrc())));
            for (Path place : places) {
                if (!Files.isDirectory(place)) {
                    continue;
                }
                Path real = place.toRealPath();
                Path directory = real.resolve(name.toString());
                if (OwnPath.keepsWhatItHolds(real)
                        && (holds(directory, entries) || (unpack(directory, entries) && holds(directory, entries)))) {
                    return Optional.of(directory);
                }
            }
        } catch (IOException | RuntimeException e) {
            log().debug("ONNX Runtime unpacks its library itself", e);
        }
        return Optional.empty();
    }

    /** Whether a user has said where the libraries are, all of them or one: this directory would come before that one. */
    static boolean isChosen() {
        return System.getProperties().stringPropertyNames().stream().anyMatch(each -> each.startsWith(CHOICES));
    }

    /**
     * Loads the library. The runtime, told to take it from here, takes it from nowhere else: not where a mount forbids to
     * execute files, and not where another class loader of this process has it from here.
     */
    static boolean load(Path directory) {
        if (UnpackedLibrary.class.getClassLoader() != OrtEnvironment.class.getClassLoader()) {
            return false; // the runtime, whose class loader is another one, could load it no more
        }
        try {
            System.load(directory.resolve(System.mapLibraryName(NAMES.get(0))).toString());
            return true;
        } catch (UnsatisfiedLinkError e) {
            log().debug("ONNX Runtime's library cannot be loaded from {}", directory, e);
            return false;
        }
    }

    /** Of the libraries in the jar; empty where the runtime has others beside them, which it looks for in their directory. */
    private static List<JarEntry> entries() throws IOException {
        if (!isPosix() || resource("onnxruntime_providers_shared") != null) {
            return List.of();
        }
        List<JarEntry> entries = new ArrayList<>();
        for (String name : NAMES) {
            Optional<JarEntry> entry = LibraryFiles.entry(resource(name));
            if (entry.isEmpty()) {
                return List.of();
            }
            entries.add(entry.get());
        }
        return entries;
    }

    private static boolean isPosix() {
        return Path.of("").getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static @Nullable URL resource(String name) {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String machine = System.getProperty("os.arch", "");
        return OrtEnvironment.class.getResource("/ai/onnxruntime/native/"
                + (system.contains("mac") ? "osx" : system.contains("linux") ? "linux" : system)
                + "-"
                + (machine.equals("amd64") || machine.equals("x86_64") ? "x64" : machine)
                + "/"
                + System.mapLibraryName(name));
    }

    private static Path file(Path directory, JarEntry entry) {
        return directory.resolve(entry.getName().substring(entry.getName().lastIndexOf('/') + 1));
    }

    private static boolean holds(Path directory, List<JarEntry> entries) throws IOException {
        if (!Files.isDirectory(directory, NOFOLLOW_LINKS) || !OwnPath.isOwn(directory)) {
            return false;
        }
        for (JarEntry entry : entries) {
            Path file = file(directory, entry);
            if (!LibraryFiles.isUnpacked(file, entry) || !OwnPath.isOwn(file)) {
                return false;
            }
        }
        return true;
    }

    private static boolean unpack(Path directory, List<JarEntry> entries) {
        Path place = directory.getParent();
        if (place == null || !Files.isWritable(place)) {
            return false;
        }
        try {
            if (!Files.exists(directory, NOFOLLOW_LINKS)) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            }
            if (!OwnPath.isOwn(directory)) { // whose owner could put a link where a file is written
                return false;
            }
            clearLeftovers(directory);
            for (JarEntry entry : entries) {
                Path unpacked = Files.createTempFile(directory, UNPACKING, null);
                try (InputStream in = OrtEnvironment.class.getResourceAsStream("/" + entry.getName())) {
                    if (in == null) {
                        return false;
                    }
                    Files.copy(in, unpacked, StandardCopyOption.REPLACE_EXISTING);
                    Files.setPosixFilePermissions(unpacked, PosixFilePermissions.fromString("rw-r--r--"));
                    Files.move(unpacked, file(directory, entry), StandardCopyOption.ATOMIC_MOVE);
                } finally {
                    Files.deleteIfExists(unpacked);
                }
            }
            return true;
        } catch (IOException e) {
            log().debug("ONNX Runtime's library cannot be unpacked into {}", directory, e);
            return false;
        }
    }

    /** Of processes that were ended while they unpacked, which takes others less than an hour. */
    private static void clearLeftovers(Path directory) throws IOException {
        Instant lately = Instant.now().minus(Duration.ofHours(1));
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, UNPACKING + "*")) {
            for (Path each : leftovers) {
                if (Files.getLastModifiedTime(each, NOFOLLOW_LINKS).toInstant().isBefore(lately)) {
                    Files.deleteIfExists(each);
                }
            }
        }
    }
}
