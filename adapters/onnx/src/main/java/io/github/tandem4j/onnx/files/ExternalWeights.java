package io.github.tandem4j.onnx.files;

import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime opens whatever file a model names for its weights; this lets it name only files beside the model,
 * wherever in the graph it does so: an initializer, a constant, a branch or a function. Links count as what they lead to:
 * they may stay in the directory, or, where the model's file is a link itself, lead to files beside its own target. So lie
 * the files in Hugging Face's download cache.
 */
public final class ExternalWeights {
    private final Path model;
    private final Map<String, Long> sizes = new HashMap<>();

    private ExternalWeights(Path model) {
        this.model = model;
    }

    /**
     * Refuses a model that takes weights from elsewhere, or from behind a file's end.
     *
     * @param model where it lies
     * @throws ModelFileException if it is no ONNX model, or names another file than one beside it, or bytes that are not
     *     there
     */
    public static void check(Path model) {
        if (!Files.isRegularFile(model)) { // to read a pipe, say, would not end
            throw new ModelFileException(model + " is missing, or no file; valid: a model's graph");
        }
        try {
            check(model, Files.readAllBytes(model));
        } catch (IOException e) {
            throw new ModelFileException(model + " cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Refuses a model that takes weights from elsewhere, or from behind a file's end.
     *
     * @param model where it lies
     * @param bytes what was read from there
     * @throws ModelFileException if it is none, or names another file than one beside it, or bytes that are not there
     */
    public static void check(Path model, byte[] bytes) {
        ExternalWeights weights = new ExternalWeights(model);
        try {
            ExternalTensors.read(bytes, weights::check);
        } catch (IOException e) {
            throw new ModelFileException(model + " is no ONNX model: " + e.getMessage(), e);
        }
    }

    private void check(String tensor, Map<String, String> entries) {
        String location = entries.get("location");
        if (location == null) {
            throw new ModelFileException(
                    model + " has the tensor " + tensor + " in another file that it does not name");
        }
        long size = sizes.computeIfAbsent(location, name -> sizeBeside(model, name));
        long offset = number(entries.get("offset"));
        long length = number(entries.get("length"));
        long end = offset + length;
        if (offset < 0 || length < 0 || end < 0 || end > size) {
            throw new ModelFileException(model + " has the tensor " + tensor + " ending at byte " + end + " of "
                    + location + "; valid: its " + size + " bytes");
        }
    }

    private static long sizeBeside(Path model, String name) {
        try {
            return Files.size(target(model, name));
        } catch (IOException e) {
            throw new ModelFileException(model + " takes weights from " + name + ", which cannot be read", e);
        }
    }

    /**
     * The file, behind any links, that a model takes weights from.
     *
     * @param model where the model lies
     * @param name what it calls the file
     * @return the file
     * @throws ModelFileException if it is none beside the model
     * @throws IOException if it can't be found
     */
    public static Path target(Path model, String name) throws IOException {
        if (name.isEmpty() || name.contains("/") || name.contains("\\") || name.equals("..") || name.contains(":")) {
            throw new ModelFileException(
                    model + " takes weights from \"" + name + "\"; valid: a file in the model's own directory");
        }
        Path target = model.resolveSibling(name).toRealPath();
        Path place = target.getParent();
        Path directory = model.toAbsolutePath().normalize().getParent();
        boolean isBeside = place != null
                && (place.equals(model.toRealPath().getParent())
                        || (directory != null && place.equals(directory.toRealPath())));
        if (!isBeside || !Files.isRegularFile(target)) {
            throw new ModelFileException(model + " takes weights from " + name + ", which is " + target
                    + "; valid: a file in the model's own directory");
        }
        return target;
    }

    private static long number(@Nullable String value) {
        try {
            return value == null ? 0 : Math.max(-1, Long.parseLong(value));
        } catch (NumberFormatException e) {
            return Long.MIN_VALUE;
        }
    }
}
