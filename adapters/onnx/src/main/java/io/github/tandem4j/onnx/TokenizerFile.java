package io.github.tandem4j.onnx;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.tandem4j.ModelFileException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A {@code tokenizer.json}, of which only the vocabulary and the added tokens are read. Such a file has a hundred
 * thousand values, and a tree of them would take longer than all else at open; so it is read as a stream.
 */
final class TokenizerFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final byte[] bytes;
    private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
    private ArrayNode addedTokens = JsonNodeFactory.instance.arrayNode();
    private int addedFrom;
    private int addedTo;
    private String type = "none";

    private TokenizerFile(byte[] bytes) {
        this.bytes = bytes;
    }

    static TokenizerFile read(Path path) {
        TokenizerFile file = new TokenizerFile(ModelDirectory.bytes(path));
        try (JsonParser in = JSON.getFactory().createParser(file.bytes)) {
            file.readRoot(in);
        } catch (IOException e) {
            throw new ModelFileException(path + " cannot be read as JSON: " + e.getMessage(), e);
        }
        if (!file.type.equals("BPE") || file.vocabulary.isEmpty()) {
            throw new ModelFileException(
                    path + " has a model of type " + file.type + "; valid: byte-level BPE with a vocabulary");
        }
        return file;
    }

    private void readRoot(JsonParser in) throws IOException {
        in.nextToken();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            JsonToken value = in.nextToken();
            if (name.equals("added_tokens") && value == JsonToken.START_ARRAY) {
                addedFrom = (int) in.currentTokenLocation().getByteOffset();
                addedTokens = JSON.readTree(in);
                addedTo = (int) in.currentLocation().getByteOffset();
            } else if (name.equals("model") && value == JsonToken.START_OBJECT) {
                readModel(in);
            } else {
                in.skipChildren();
            }
        }
    }

    private void readModel(JsonParser in) throws IOException {
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            JsonToken value = in.nextToken();
            if (name.equals("type") && value == JsonToken.VALUE_STRING) {
                type = in.getText();
            } else if (name.equals("vocab") && value == JsonToken.START_OBJECT) {
                while (in.nextToken() == JsonToken.FIELD_NAME) {
                    vocabulary.put(in.currentName(), in.nextIntValue(-1));
                }
            } else {
                in.skipChildren();
            }
        }
    }

    Map<String, Integer> vocabulary() {
        return vocabulary;
    }

    ArrayNode addedTokens() {
        return addedTokens;
    }

    static boolean isSpecial(JsonNode added) {
        return added.path("special").asBoolean()
                && !added.path("content").asText().isEmpty();
    }

    /** The file with the special tokens cut out. */
    byte[] withoutSpecialTokens() {
        ArrayNode plain = addedTokens.arrayNode();
        addedTokens.forEach(added -> {
            if (!isSpecial(added)) {
                plain.add(added);
            }
        });
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
        out.write(bytes, 0, addedFrom);
        if (addedTo > addedFrom) {
            out.writeBytes(plain.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        out.write(bytes, addedTo, bytes.length - addedTo);
        return out.toByteArray();
    }
}
