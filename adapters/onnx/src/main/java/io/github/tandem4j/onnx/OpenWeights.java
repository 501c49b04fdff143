package io.github.tandem4j.onnx;

import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The files that a session has mapped its weights from. A file that is replaced or deleted stays as it was for whoever has
 * it open. One that is overwritten does not, and to read behind its new end would end the process; so before each run
 * it is looked at, which takes a few microseconds. What is cut in the middle of a run is not seen in time.
 */
final class OpenWeights implements AutoCloseable {
    private final List<Opened> files = new ArrayList<>();

    private record Opened(
            Path path,
            RandomAccessFile file,
            long size,
            @Nullable Object key,
            FileTime changed) {}

    /** Opened before the session maps them, so that nothing changes unseen. */
    static OpenWeights of(Collection<Path> paths) {
        OpenWeights weights = new OpenWeights();
        for (Path path : paths) {
            if (!Files.isRegularFile(path)) { // to open a pipe, say, would not end
                weights.close();
                throw new ModelFileException(path + " is missing, or no file; valid: the graph's weights");
            }
            try {
                // Not a channel, which an interrupt would close.
                RandomAccessFile file = new RandomAccessFile(path.toFile(), "r");
                BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
                weights.files.add(
                        new Opened(path, file, file.length(), attributes.fileKey(), attributes.lastModifiedTime()));
            } catch (IOException e) {
                weights.close();
                throw new ModelFileException(path + " cannot be read: " + e.getMessage(), e);
            }
        }
        return weights;
    }

    /** What they have together. */
    long bytes() {
        return files.stream().mapToLong(Opened::size).sum();
    }

    /**
     * Refuses to go on with weights that are no more what they were.
     *
     * @throws ModelFileException if a file was overwritten
     */
    void requireUnchanged() {
        for (Opened opened : files) {
            if (isChanged(opened)) {
                throw new ModelFileException(
                        opened.path() + " was overwritten while the model was open; valid: to close it"
                                + " and open it again, and to replace files instead of overwriting them");
            }
        }
    }

    private static boolean isChanged(Opened opened) {
        try {
            if (opened.file().length() != opened.size()) {
                return true;
            }
        } catch (IOException e) {
            return true;
        }
        try {
            BasicFileAttributes now = Files.readAttributes(opened.path(), BasicFileAttributes.class);
            return Objects.equals(now.fileKey(), opened.key())
                    && !now.lastModifiedTime().equals(opened.changed());
        } catch (IOException e) {
            return false; // it is gone, and what is open is not
        }
    }

    @Override
    public void close() {
        for (Opened opened : files) {
            try {
                opened.file().close();
            } catch (IOException e) {
                // It was only read.
            }
        }
    }
}
