package io.github.tandem4j.onnx.gguf;

import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.files.ModelFiles;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** A directory that comes into being at once: filled under a temporary name beside it, then moved. */
final class ImportDirectory implements AutoCloseable {
    private final Path target;
    private final Path workplace;

    private ImportDirectory(Path target, Path workplace) {
        this.target = target;
        this.workplace = workplace;
    }

    static ImportDirectory of(Path directory) throws IOException {
        Path target = directory.toAbsolutePath().normalize();
        Path parent = target.getParent();
        if (parent == null) {
            throw new ModelFileException(directory + " is a root; valid: a directory that does not exist yet");
        }
        if (Files.exists(target) && !isEmptyDirectory(target)) {
            throw new ModelFileException(directory + " is in use; valid: an empty directory or one to be made");
        }
        Files.createDirectories(parent);
        // Not a temporary directory, which only its maker could read: others may open what is imported here.
        Path workplace = parent.resolve("." + target.getFileName() + ".import-" + UUID.randomUUID());
        return new ImportDirectory(target, Files.createDirectory(workplace));
    }

    Path workplace() {
        return workplace;
    }

    void complete() throws IOException {
        try {
            Files.deleteIfExists(target);
            Files.move(workplace, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            // Somebody else's import, which was moved there in the meantime, is as good as this one.
            if (!Files.isRegularFile(target.resolve(ModelFiles.PROVENANCE))) {
                throw e;
            }
        }
    }

    private static boolean isEmptyDirectory(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.findAny().isEmpty();
        }
    }

    @Override
    public void close() throws IOException {
        if (Files.exists(workplace)) {
            List<Path> left;
            try (Stream<Path> walk = Files.walk(workplace)) {
                left = walk.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path path : left) {
                Files.deleteIfExists(path);
            }
        }
    }
}
