package io.github.tandem4j.router;

import io.github.tandem4j.ConfigurationException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file whole or not at all: beside its place first, and moved there at once when it is complete. Whatever goes
 * wrong, the file is as it was, and nothing is left beside it. It has the rights that the process gives to new files.
 */
public final class WholeFile {

    /** What stands in the file. */
    @FunctionalInterface
    public interface Content {

        /** Writes it; the stream is buffered, and closed by the caller. */
        void to(OutputStream out) throws IOException;
    }

    private WholeFile() {}

    /** Writes a text in UTF-8; see {@link #write(Path, Content)}. */
    public static void write(Path file, String text) {
        write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Writes the file anew.
     *
     * @throws ConfigurationException if it cannot be written
     */
    public static void write(Path file, Content content) {
        try {
            replace(file, content);
        } catch (IOException e) {
            throw new ConfigurationException(file + " cannot be written: " + e, e);
        }
    }

    /**
     * Writes the file anew, for those who say themselves what went wrong.
     *
     * @throws IOException if it cannot be written
     */
    public static void replace(Path file, Content content) throws IOException {
        Path target = file.toAbsolutePath();
        Path beside = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            try (OutputStream out = new BufferedOutputStream(
                    Files.newOutputStream(beside, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW))) {
                content.to(out);
            }
            Files.move(beside, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(beside);
        }
    }
}
