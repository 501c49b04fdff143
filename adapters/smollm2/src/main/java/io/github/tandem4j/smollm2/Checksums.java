package io.github.tandem4j.smollm2;

import io.github.tandem4j.onnx.files.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The sizes and checksums of a directory's files, kept in a file among them. They show damage: a disk that was full, a
 * copy that was cut. CRC-32C, because it is made on every open and costs a few hundredths of a second for 100 MB.
 */
final class Checksums {

    private static final String NAME = "checksums.txt";

    private Checksums() {}

    /** Writes the checksums of all files there. */
    static void write(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(directory)) {
            files = entries.sorted().toList();
        }
        List<String> lines = new ArrayList<>(files.size());
        for (Path file : files) {
            lines.add(lineOf(file));
        }
        Files.write(directory.resolve(NAME), lines);
    }

    /**
     * {@return whether the directory is there and its files are as they were written} A file more does not matter: file
     * managers and network file systems leave their own.
     */
    static boolean hold(Path directory) {
        Path list = directory.resolve(NAME);
        try {
            if (!Files.isRegularFile(list)) {
                return false;
            }
            List<String> lines = Files.readAllLines(list);
            for (String line : lines) {
                String[] parts = line.split(" ", 3);
                if (parts.length != 3 || !lineOf(directory.resolve(parts[2])).equals(line)) {
                    return false;
                }
            }
            return !lines.isEmpty();
        } catch (IOException | InvalidPathException e) {
            return false;
        }
    }

    private static String lineOf(Path file) throws IOException {
        // Not by a formatter, which takes a new process longer to load than the checksums take.
        String checksum = HexFormat.of().toHexDigits(ModelFiles.checksum(file, new CRC32C()), 8);
        return checksum + " " + Files.size(file) + " " + file.getFileName();
    }
}
