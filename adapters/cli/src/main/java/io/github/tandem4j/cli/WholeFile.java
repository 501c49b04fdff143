package io.github.tandem4j.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes a file beside the one that is wanted, and moves it there when it is whole. */
final class WholeFile {

    private WholeFile() {}

    static void write(Path file, String text) {
        Path target = file.toAbsolutePath();
        try {
            Path beside = Files.createTempFile(target.getParent(), target.getFileName() + ".", ".part");
            try {
                Files.writeString(beside, text);
                Files.move(beside, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written: " + e.getMessage(), e);
        }
    }
}
