package io.github.tandem4j.onnx.files;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** Native libraries that were unpacked from jars, compared with what the jars hold. */
public final class LibraryFiles {
    private LibraryFiles() {}

    /**
     * What a jar says of one of its files.
     *
     * @param resource where it is; null if there is none
     * @return its entry, with size and checksum; empty if it lies in no jar
     * @throws IOException if the jar cannot be read
     */
    public static Optional<JarEntry> entry(@Nullable URL resource) throws IOException {
        if (resource == null || !(resource.openConnection() instanceof JarURLConnection jar)) {
            return Optional.empty();
        }
        jar.setUseCaches(false); // which would keep the jar open when its class loader is gone
        String name = jar.getEntryName();
        try (JarFile file = jar.getJarFile()) {
            return Optional.ofNullable(name)
                    .map(file::getJarEntry)
                    .filter(entry -> entry.getCrc() >= 0 && entry.getSize() >= 0);
        }
    }

    /**
     * Whether a file is what a jar holds. A library of 28 MB takes a hundredth of a second, a tenth of what unpacking does.
     *
     * @param file any, or none
     * @param entry with size and checksum
     * @return whether it is there, as large, and has the same checksum
     * @throws IOException if it cannot be read
     */
    public static boolean isUnpacked(Path file, JarEntry entry) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.size(file) == entry.getSize()
                && ModelFiles.checksum(file, new CRC32()) == entry.getCrc();
    }
}
