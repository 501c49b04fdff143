package io.github.tandem4j.onnx;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A {@code tokenizer.json}, of which only the vocabulary, the added tokens and the small parts are read. Such a file
 * has a hundred thousand values, and a tree of them would take longer than all else at open; so it is read as a stream.
 */
final class TokenizerFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path path;
    private final byte[] bytes;
    private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
    private ArrayNode addedTokens = JsonNodeFactory.instance.arrayNode();
    private JsonNode decoder = MissingNode.getInstance();
    private JsonNode normalizer = NullNode.getInstance();
    private @Nullable CharacterMap characters;
    private int addedFrom;
    private int addedTo;
    private String type = "none";

    private TokenizerFile(Path path, byte[] bytes) {
        this.path = path;
        this.bytes = bytes;
    }

    static TokenizerFile read(Path path) {
        TokenizerFile file = new TokenizerFile(path, ModelDirectory.bytes(path));
        try (JsonParser in = JSON.getFactory().createParser(file.bytes)) {
            file.readRoot(in);
        } catch (IOException e) {
            throw new ModelFileException(path + " cannot be read as JSON: " + e.getMessage(), e);
        }
        if (!(file.type.equals("BPE") || file.type.equals("Unigram")) || file.vocabulary.isEmpty()) {
            throw new ModelFileException(
                    path + " has a model of type " + file.type + "; valid: BPE or Unigram with a vocabulary");
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
            } else if (name.equals("decoder") && value == JsonToken.START_OBJECT) {
                decoder = JSON.readTree(in);
            } else if (name.equals("normalizer") && value == JsonToken.START_OBJECT) {
                normalizer = withoutCharacterMap(JSON.readTree(in));
            } else {
                in.skipChildren();
            }
        }
    }

    /** Takes a table of characters out of the normalizer: what the native library would do with it is done here. */
    private JsonNode withoutCharacterMap(JsonNode whole) {
        JsonNode steps = whole.path("normalizers");
        JsonNode first = steps.isArray() ? steps.path(0) : whole;
        if (first.path("type").asText().equals("Precompiled")) {
            byte[] table;
            try {
                table = Base64.getDecoder()
                        .decode(first.path("precompiled_charsmap").asText());
            } catch (IllegalArgumentException e) {
                throw new ModelFileException(path + " has a precompiled_charsmap that is no base 64", e);
            }
            CharacterMap.check(table).ifPresent(fault -> {
                throw new ModelFileException(
                        path + " has a precompiled_charsmap that " + fault + "; valid: one that SentencePiece wrote");
            });
            characters = CharacterMap.of(table);
            if (!steps.isArray()) {
                return NullNode.getInstance();
            }
            ((ArrayNode) steps).remove(0);
        }
        if (!whole.findValues("precompiled_charsmap").isEmpty()) {
            throw new ModelFileException(
                    path + " has a precompiled_charsmap behind other steps; valid: none, or one as the first step");
        }
        return whole;
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
            } else if (name.equals("vocab") && value == JsonToken.START_ARRAY) {
                readPieces(in);
            } else {
                in.skipChildren();
            }
        }
    }

    /** The pieces of a unigram model, each with its score; their places are their ids. */
    private void readPieces(JsonParser in) throws IOException {
        for (int id = 0; in.nextToken() == JsonToken.START_ARRAY; id++) {
            String piece = in.nextTextValue();
            if (piece == null || vocabulary.put(piece, id) != null) {
                throw new ModelFileException(
                        path + " has a piece " + id + " that is no text or one that was there before; valid: each once");
            }
            while (in.nextToken() != JsonToken.END_ARRAY) {
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

    /** What characters of a text are replaced before it is tokenised. */
    Optional<CharacterMap> characters() {
        return Optional.ofNullable(characters);
    }

    /** What says how tokens become text. */
    JsonNode decoder() {
        return decoder;
    }

    static boolean isSpecial(JsonNode added) {
        return added.path("special").asBoolean()
                && !added.path("content").asText().isEmpty();
    }

    /**
     * The file with the special tokens cut out, so that no text has them. The library numbers added tokens in their
     * order where the vocabulary does not have them; such a one stays, under a name that no text has.
     */
    byte[] withoutSpecialTokens() {
        ArrayNode plain = addedTokens.arrayNode();
        addedTokens.forEach(added -> {
            if (!isSpecial(added)) {
                plain.add(added);
            } else if (!vocabulary.containsKey(added.path("content").asText())) {
                plain.add(((ObjectNode) added.deepCopy())
                        .put("content", ContentMarks.unguessable() + added.path("id"))
                        .put("special", false));
            }
        });
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
        out.write(bytes, 0, addedFrom);
        if (addedTo > addedFrom) {
            out.writeBytes(plain.toString().getBytes(StandardCharsets.UTF_8));
        }
        out.write(bytes, addedTo, bytes.length - addedTo);
        return type.equals("Unigram") || characters != null ? rewritten(out.toByteArray()) : out.toByteArray();
    }

    /** A unigram model finds each of its pieces in a text, those of special tokens too: they get names of their own. */
    private byte[] rewritten(byte[] json) {
        Map<String, String> names = new LinkedHashMap<>();
        addedTokens.forEach(added -> {
            if (isSpecial(added)) {
                names.put(added.path("content").asText(), ContentMarks.unguessable() + added.path("id"));
            }
        });
        ByteArrayOutputStream out = new ByteArrayOutputStream(json.length);
        try (JsonParser in = JSON.getFactory().createParser(json);
                JsonGenerator copy = JSON.getFactory().createGenerator(out)) {
            for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
                String name = token == JsonToken.VALUE_STRING && isPiece(in.getParsingContext())
                        ? names.get(in.getText())
                        : null;
                if (name != null) {
                    copy.writeString(name);
                } else {
                    copy.copyCurrentEvent(in);
                }
                if (token == JsonToken.FIELD_NAME
                        && in.getParsingContext().getParent().inRoot()
                        && in.currentName().equals("normalizer")) {
                    in.nextToken();
                    in.skipChildren();
                    copy.writeTree(normalizer);
                }
            }
        } catch (IOException e) {
            throw new ModelFileException(path + " cannot be read as JSON: " + e.getMessage(), e);
        }
        return out.toByteArray();
    }

    /** Whether this is {@code {"model": {"vocab": [[HERE]]}}}. */
    private static boolean isPiece(JsonStreamContext at) {
        JsonStreamContext outer = at.getParent();
        return at.inArray()
                && outer.inArray()
                && "vocab".equals(outer.getParent().getCurrentName())
                && "model".equals(outer.getParent().getParent().getCurrentName());
    }
}
