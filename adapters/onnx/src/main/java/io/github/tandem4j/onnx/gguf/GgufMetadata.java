package io.github.tandem4j.onnx.gguf;

import io.github.tandem4j.ModelFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The metadata of a GGUF file, by key and type; a key that is missing or of another type is refused by name. */
final class GgufMetadata {
    private final Path file;
    private final Map<String, Object> values;

    GgufMetadata(Path file, Map<String, Object> values) {
        this.file = file;
        this.values = values;
    }

    String string(String key) {
        return optionalString(key).orElseThrow(() -> missing(key, "a string"));
    }

    Optional<String> optionalString(String key) {
        return optional(key, String.class, "a string");
    }

    int positiveInt(String key) {
        int value = optionalInt(key).orElseThrow(() -> missing(key, "a positive integer"));
        if (value < 1) {
            throw GgufFile.refused(file, "has " + key + " " + value, "a positive integer");
        }
        return value;
    }

    OptionalInt optionalInt(String key) {
        Optional<Long> value = optional(key, Long.class, "an integer");
        if (value.isEmpty()) {
            return OptionalInt.empty();
        }
        if (value.get() < 0 || value.get() > Integer.MAX_VALUE) {
            throw GgufFile.refused(file, "has " + key + " " + value.get(), "0 to " + Integer.MAX_VALUE);
        }
        return OptionalInt.of(value.get().intValue());
    }

    double positive(String key, double otherwise) {
        double value = optional(key, Double.class, "a float").orElse(otherwise);
        if (!(value > 0) || Double.isInfinite(value)) {
            throw GgufFile.refused(file, "has " + key + " " + value, "a finite number above 0");
        }
        return value;
    }

    Optional<Boolean> optionalFlag(String key) {
        return optional(key, Boolean.class, "a boolean");
    }

    <T> List<T> list(String key, Class<T> type) {
        return optionalList(key, type).orElseThrow(() -> missing(key, "an array"));
    }

    <T> Optional<List<T>> optionalList(String key, Class<T> type) {
        Optional<List<?>> found = optional(key, List.class, "an array").map(list -> list);
        return found.map(list -> list.stream()
                .map(value -> {
                    if (!type.isInstance(value)) {
                        throw GgufFile.refused(
                                file, "has " + key + " with " + value, "an array of " + type.getSimpleName());
                    }
                    return type.cast(value);
                })
                .toList());
    }

    /** Whether the key is there, whatever its type. */
    boolean has(String key) {
        return values.containsKey(key);
    }

    Set<String> keys() {
        return values.keySet();
    }

    boolean isList(String key) {
        return values.get(key) instanceof List;
    }

    /** Whether the key is there and a zero of some numeric type. */
    boolean isZero(String key) {
        return values.get(key) instanceof Number number && number.doubleValue() == 0;
    }

    /** The value as a message shows it, not longer than a line. */
    String text(String key) {
        String text = String.valueOf(values.get(key));
        return text.length() > 60 ? text.substring(0, 60) + "..." : text;
    }

    private <T> Optional<T> optional(String key, Class<T> type, String expected) {
        Object value = values.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw GgufFile.refused(
                    file, "has " + key + " that is " + value.getClass().getSimpleName(), expected);
        }
        return Optional.of(type.cast(value));
    }

    private ModelFileException missing(String key, String expected) {
        return GgufFile.refused(file, "has no " + key, expected);
    }
}
