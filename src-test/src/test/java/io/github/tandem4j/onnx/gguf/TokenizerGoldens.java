package io.github.tandem4j.onnx.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.InflaterInputStream;

/** The small vocabularies that {@code golden/make_tokenizer_golden.py} made, as metadata of a GGUF file. */
public final class TokenizerGoldens {
    public static final List<String> FAMILIES = List.of("gpt-2", "smollm", "llama-bpe", "qwen2", "phi3", "gemma3", "unigram");

    private static final ObjectMapper JSON = new ObjectMapper();

    private TokenizerGoldens() {}

    public static JsonNode read(String family) throws IOException {
        return JSON.readTree(Path.of("golden/tokenizer-" + family + ".json").toFile());
    }

    /** The metadata, with the types that {@link GgufBytes} writes. */
    public static Map<String, Object> metadata(JsonNode golden) throws IOException {
        Map<String, Object> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> each : golden.get("metadata").properties()) {
            if (each.getKey().endsWith("precompiled_charsmap")) {
                Path packed = Path.of("golden", each.getValue().asText());
                try (InputStream in = new InflaterInputStream(Files.newInputStream(packed))) {
                    metadata.put(each.getKey(), in.readAllBytes());
                }
            } else if (each.getKey().endsWith("scores")) {
                List<Float> scores = new ArrayList<>();
                each.getValue().forEach(score -> scores.add((float) score.asDouble()));
                metadata.put(each.getKey(), scores);
            } else {
                metadata.put(each.getKey(), JSON.convertValue(each.getValue(), Object.class));
            }
        }
        return metadata;
    }

    public static Path write(Map<String, Object> metadata, Path file) throws IOException {
        GgufBytes bytes = new GgufBytes().header(0, metadata.size());
        metadata.forEach(bytes::entry);
        return Files.write(file, bytes.align().toBytes());
    }

    /** The tokenizer of a file's import. */
    public static Tokenizer open(Map<String, Object> metadata, Path place) throws IOException {
        Path json = place.resolve("tokenizer.json");
        int size;
        try (GgufFile gguf = GgufFile.open(write(metadata, place.resolve("vocabulary.gguf")))) {
            Files.write(json, JSON.writeValueAsBytes(new GgufVocabulary(gguf).tokenizer()));
            size = gguf.metadata().list("tokenizer.ggml.tokens", String.class).size();
        }
        return Tokenizer.open(json, size);
    }
}
