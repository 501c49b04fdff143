package io.github.tandem4j.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** ONNX Runtime opens whatever file a model names for its weights; this lets it name only files beside the model. */
final class ExternalWeights {
    private ExternalWeights() {}

    /** Refuses a model that takes weights from elsewhere, or from behind a file's end. */
    static void check(Path model) {
        ModelProto proto;
        try (InputStream in = Files.newInputStream(model)) {
            proto = ModelProto.parseFrom(in);
        } catch (IOException e) {
            throw new ModelFileException(model + " is no ONNX model: " + e.getMessage(), e);
        }
        Map<String, Long> sizes = new HashMap<>();
        for (TensorProto tensor : proto.getGraph().getInitializerList()) {
            Map<String, String> entries = new HashMap<>();
            for (StringStringEntryProto entry : tensor.getExternalDataList()) {
                entries.put(entry.getKey(), entry.getValue());
            }
            String location = entries.get("location");
            if (location != null) {
                long size = sizes.computeIfAbsent(location, name -> sizeBeside(model, name));
                long end = number(entries.get("offset")) + number(entries.get("length"));
                if (end < 0 || end > size) {
                    throw new ModelFileException(model + " has the tensor " + tensor.getName() + " ending at byte "
                            + end + " of " + location + "; valid: its " + size + " bytes");
                }
            }
        }
    }

    private static long sizeBeside(Path model, String name) {
        if (name.isEmpty() || name.contains("/") || name.contains("\\") || name.equals("..") || name.contains(":")) {
            throw new ModelFileException(
                    model + " takes weights from \"" + name + "\"; valid: a file in the model's own directory");
        }
        try {
            return Files.size(model.resolveSibling(name));
        } catch (IOException e) {
            throw new ModelFileException(model + " takes weights from " + name + ", which cannot be read", e);
        }
    }

    private static long number(@Nullable String value) {
        try {
            return value == null ? 0 : Math.max(-1, Long.parseLong(value));
        } catch (NumberFormatException e) {
            return Long.MIN_VALUE;
        }
    }
}
