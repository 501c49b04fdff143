package io.github.tandem4j.onnx.exported;

import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.files.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The graphs of one directory, which differ in how weights are kept. They are named as in transformers.js: {@code fp32} is
 * {@code model.onnx}, {@code q8} is {@code model_quantized.onnx}, and others are what stands behind {@code model_}. A
 * file of another name is named by it, without its ending.
 */
final class ExportedVariants {
    private static final Pattern USUAL = Pattern.compile("(?:decoder_)?model(?:_merged)?(?:_(.+))?");

    /** From no loss to the most. */
    private static final List<String> ORDER = List.of("fp32", "fp16", "q8", "int8", "uint8", "q4", "q4f16", "bnb4");

    private final Path directory;
    private final Map<String, Path> files;

    private ExportedVariants(Path directory, Map<String, Path> files) {
        this.directory = directory;
        this.files = files;
    }

    static ExportedVariants in(Path directory) {
        Map<String, Path> found = new TreeMap<>();
        for (Path place : List.of(directory.resolve("onnx"), directory)) {
            if (Files.isDirectory(place)) {
                try (Stream<Path> entries = Files.list(place)) {
                    entries.filter(file -> file.toString().endsWith(".onnx"))
                            .sorted()
                            .forEach(file -> found.putIfAbsent(nameOf(file), file));
                } catch (IOException e) {
                    throw new ModelFileException(place + " cannot be read: " + e.getMessage(), e);
                }
            }
        }
        if (found.isEmpty()) {
            throw new ModelFileException(
                    directory + " has no model: neither " + ModelFiles.PROVENANCE + " of a GGUF import nor onnx/"
                            + ModelFiles.MODEL + " or " + ModelFiles.MODEL + "; valid: one of them");
        }
        Map<String, Path> ordered = new LinkedHashMap<>();
        for (String name : ORDER) {
            if (found.containsKey(name)) {
                ordered.put(name, found.remove(name));
            }
        }
        ordered.putAll(found);
        return new ExportedVariants(directory, ordered);
    }

    private static String nameOf(Path file) {
        String name = file.getFileName().toString();
        String stem = name.substring(0, name.length() - ".onnx".length());
        Matcher usual = USUAL.matcher(stem);
        if (!usual.matches() || stem.equals("decoder_model")) { // which is half of a pair, without a cache
            return stem;
        }
        String suffix = usual.group(1);
        if (suffix == null) {
            return "fp32";
        }
        return suffix.equals("quantized") ? "q8" : suffix;
    }

    /**
     * The file of a variant.
     *
     * @param variant null for the first one there is, in the order from no loss to the most
     */
    Path file(@Nullable String variant) {
        if (variant == null) {
            return files.values().iterator().next();
        }
        Path file = files.get(variant.equals("quantized") ? "q8" : variant);
        if (file == null) {
            throw new ModelFileException(directory + " has no variant " + variant + "; valid: "
                    + String.join(", ", new ArrayList<>(files.keySet())));
        }
        return file;
    }
}
