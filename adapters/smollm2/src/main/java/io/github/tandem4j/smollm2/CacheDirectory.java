package io.github.tandem4j.smollm2;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.github.tandem4j.ConfigurationException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where imported models may be kept. */
final class CacheDirectory {

    private static final boolean HAS_PERMISSIONS =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

    private CacheDirectory() {}

    /**
     * {@return the directories to look in, best first: the one that the system property {@code tandem.cache} or the
     * environment variable {@code TANDEM_CACHE} names, and no other; else the system's place for caches, and behind it,
     * for containers and read-only homes, the one for temporary files}
     */
    static List<Path> candidates() {
        return candidates(System.getenv(), name -> System.getProperty(name, ""));
    }

    static List<Path> candidates(Map<String, String> environment, UnaryOperator<String> property) {
        if (!property.apply("tandem.cache").isBlank()) {
            return List.of(path(property.apply("tandem.cache"), "system property tandem.cache"));
        }
        String named = environment.getOrDefault("TANDEM_CACHE", "");
        if (!named.isBlank()) {
            return List.of(path(named, "environment variable TANDEM_CACHE"));
        }
        return Stream.of(usual(environment, property), temporary(property))
                .filter(Objects::nonNull)
                .toList();
    }

    /**
     * {@return whether nobody else may have put a model there} Whoever shares the place for temporary files can guess this
     * directory's name and make it first; the others lie where only their owner, or whom he trusts, can write.
     */
    static boolean isTrusted(Path directory) {
        return isTrusted(directory, temporary(name -> System.getProperty(name, "")));
    }

    static boolean isTrusted(Path directory, Path temporary) {
        if (!directory.equals(temporary) || !HAS_PERMISSIONS) {
            return true;
        }
        try {
            PosixFileAttributes found = Files.readAttributes(directory, PosixFileAttributes.class, NOFOLLOW_LINKS);
            Path own = Files.createTempFile("tandem", null);
            try {
                return found.isDirectory()
                        && found.owner().equals(Files.getOwner(own))
                        && !found.permissions().contains(PosixFilePermission.GROUP_WRITE)
                        && !found.permissions().contains(PosixFilePermission.OTHERS_WRITE);
            } finally {
                Files.delete(own);
            }
        } catch (IOException | SecurityException e) {
            return false;
        }
    }

    /**
     * Lets whoever may read the cache read this directory in it. What is made under a temporary name is its maker's alone,
     * and an image that is built by one user and run by another would find a model that it cannot open.
     */
    static void openLike(Path cache, Path directory) {
        if (!HAS_PERMISSIONS) {
            return;
        }
        try {
            Set<PosixFilePermission> permissions = EnumSet.of(
                    PosixFilePermission.OWNER_READ,
                    PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.OWNER_EXECUTE,
                    PosixFilePermission.GROUP_READ,
                    PosixFilePermission.GROUP_EXECUTE,
                    PosixFilePermission.OTHERS_READ,
                    PosixFilePermission.OTHERS_EXECUTE);
            permissions.retainAll(Files.getPosixFilePermissions(cache));
            Files.setPosixFilePermissions(directory, permissions);
        } catch (IOException | UnsupportedOperationException e) {
            // A mount without permissions: whoever may read it at all may read the model.
        }
    }

    private static Path temporary(UnaryOperator<String> property) {
        return Path.of(property.apply("java.io.tmpdir"), "tandem-" + property.apply("user.name"));
    }

    /** {@return the first of these where a file can be written, made if need be} */
    static Path writable(List<Path> candidates) {
        return candidates.stream()
                .filter(CacheDirectory::isWritable)
                .findFirst()
                .orElseThrow(() -> new ConfigurationException("no file can be written in " + candidates
                        + "; name a directory that this process can write to with the system property tandem.cache"));
    }

    private static Path path(String named, String source) {
        try {
            return Path.of(named);
        } catch (InvalidPathException e) {
            throw new ConfigurationException(source + " is '" + named + "', which is no path", e);
        }
    }

    private static @Nullable Path usual(Map<String, String> environment, UnaryOperator<String> property) {
        String system = property.apply("os.name").toLowerCase(Locale.ROOT);
        String home = property.apply("user.home");
        if (system.contains("windows")) {
            String data = environment.getOrDefault("LOCALAPPDATA", "");
            return data.isBlank()
                    ? under(home, "AppData", "Local", "tandem", "cache")
                    : Path.of(data, "tandem", "cache");
        }
        if (system.contains("mac")) {
            return under(home, "Library", "Caches", "tandem");
        }
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        // By the XDG specification a relative path counts as none.
        return !xdg.startsWith("/") ? under(home, ".cache", "tandem") : Path.of(xdg, "tandem");
    }

    /** A process without a home has the user.home "?" or none. */
    private static @Nullable Path under(String home, String... more) {
        return home.isBlank() || home.equals("?") ? null : Path.of(home, more);
    }

    private static boolean isWritable(Path directory) {
        try {
            if (directory.equals(temporary(name -> System.getProperty(name, "")))) {
                makePrivate(directory);
            }
            Files.createDirectories(directory);
            // Permissions lie (root on a read-only mount, Windows): only writing shows.
            Files.delete(Files.createTempFile(directory, ".writable", null));
            return isTrusted(directory);
        } catch (IOException | SecurityException e) {
            return false;
        }
    }

    private static void makePrivate(Path directory) throws IOException {
        if (HAS_PERMISSIONS && !Files.exists(directory, NOFOLLOW_LINKS)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }
}
