package io.github.tandem4j.onnx.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.files.JsonTrees;
import io.github.tandem4j.onnx.files.ModelFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A {@code tokenizer.json}. Such a file has a hundred thousand values, and a tree of them would take longer than all
 * else at open; so it is read as a stream, and of the merges only their place is kept.
 *
 * <p>The native library is not given the file but what {@link #forText} writes of it: parts that are known and checked.
 */
final class TokenizerFile {
    private static final long LARGEST = 256L << 20;
    private static final String VALID =
            "all files that the GGUF import wrote, or a directory of Hugging Face with an ONNX decoder";

    private final Path path;
    private final byte[] bytes;
    private Map<String, Integer> vocabulary = new LinkedHashMap<>();
    private final List<Double> scores = new ArrayList<>();
    private final ObjectNode model = JsonNodeFactory.instance.objectNode();
    private ArrayNode addedTokens = JsonNodeFactory.instance.arrayNode();
    private JsonNode decoder = MissingNode.getInstance();
    private JsonNode normalizer = NullNode.getInstance();
    private JsonNode preTokenizer = NullNode.getInstance();
    private @Nullable CharacterMap characters;
    private Place vocabularyPlace = new Place(0, 0);
    private Place mergesPlace = new Place(0, 0);

    /** Of a value in the file, in bytes. */
    private record Place(int from, int to) {}

    private TokenizerFile(Path path, byte[] bytes) {
        this.path = path;
        this.bytes = bytes;
    }

    static TokenizerFile read(Path path) {
        TokenizerFile file = new TokenizerFile(path, ModelFiles.bytes(path, LARGEST, VALID));
        LargeParts large = LargeParts.of(file.bytes);
        try (JsonParser in = JsonTrees.factory().createParser(large == null ? file.bytes : large.rest())) {
            file.readRoot(in);
            if (large != null) {
                file.take(large);
            }
        } catch (IOException e) {
            throw new ModelFileException(path + " cannot be read as JSON: " + e.getMessage(), e);
        }
        file.check();
        return file;
    }

    private void take(LargeParts large) {
        if (!vocabulary.isEmpty()) {
            throw TokenizerSteps.refused(path, "second vocab", "one");
        }
        vocabulary = large.vocabulary();
        vocabularyPlace = new Place(large.vocabularyFrom(), large.vocabularyTo());
        mergesPlace = new Place(large.mergesFrom(), large.mergesTo());
    }

    private void readRoot(JsonParser in) throws IOException {
        in.nextToken();
        if (in.currentTokenLocation().getByteOffset() < 0) { // which the parser cannot tell in UTF-16
            throw new ModelFileException(path + " is in another encoding; valid: UTF-8");
        }
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            JsonToken value = in.nextToken();
            if (name.equals("added_tokens") && value == JsonToken.START_ARRAY) {
                addedTokens = (ArrayNode) JsonTrees.read(in);
            } else if (name.equals("model") && value == JsonToken.START_OBJECT) {
                readModel(in);
            } else if (name.equals("decoder") && value == JsonToken.START_OBJECT) {
                decoder = JsonTrees.read(in);
            } else if (name.equals("normalizer") && value == JsonToken.START_OBJECT) {
                normalizer = TokenizerSteps.normalizer(path, withoutCharacterMap(JsonTrees.read(in)));
            } else if (name.equals("pre_tokenizer") && value == JsonToken.START_OBJECT) {
                preTokenizer = TokenizerSteps.preTokenizer(path, JsonTrees.read(in));
            } else {
                in.skipChildren();
            }
        }
    }

    /** Takes a table of characters out of the normalizer: what the native library would do with it is done here. */
    private JsonNode withoutCharacterMap(JsonNode whole) {
        JsonNode steps = whole.path("normalizers");
        JsonNode first = steps.isArray() ? steps.path(0) : whole;
        if (!first.path("type").asText().equals("Precompiled")) {
            return whole;
        }
        byte[] table = TokenizerSteps.characterMap(path, first);
        characters = CharacterMap.of(table);
        if (!steps.isArray()) {
            return NullNode.getInstance();
        }
        ((ArrayNode) steps).remove(0);
        return whole;
    }

    private void readModel(JsonParser in) throws IOException {
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            JsonToken value = in.nextToken();
            if (name.equals("vocab") && !vocabulary.isEmpty()) { // The library would take the last one alone.
                throw TokenizerSteps.refused(path, "second vocab", "one");
            } else if (name.equals("vocab") && value == JsonToken.START_OBJECT) {
                int from = (int) in.currentTokenLocation().getByteOffset();
                while (in.nextToken() == JsonToken.FIELD_NAME) {
                    vocabulary.put(in.currentName(), in.nextIntValue(-1));
                }
                vocabularyPlace = new Place(from, (int) in.currentLocation().getByteOffset());
            } else if (name.equals("vocab") && value == JsonToken.START_ARRAY) {
                readPieces(in);
            } else if (name.equals("merges") && value == JsonToken.START_ARRAY) {
                int from = (int) in.currentTokenLocation().getByteOffset();
                in.skipChildren();
                mergesPlace = new Place(from, (int) in.currentLocation().getByteOffset());
            } else if (value.isScalarValue()) {
                model.set(name, JsonTrees.read(in));
            } else {
                in.skipChildren();
            }
        }
    }

    /** The pieces of a unigram model, each with its score; their places are their ids. */
    private void readPieces(JsonParser in) throws IOException {
        for (int id = 0; in.nextToken() == JsonToken.START_ARRAY; id++) {
            String piece = in.nextTextValue();
            JsonToken score = in.nextToken();
            if (piece == null
                    || score == null
                    || !score.isNumeric()
                    || vocabulary.put(piece, id) != null
                    || !Double.isFinite(in.getDoubleValue())) {
                throw new ModelFileException(path + " has a piece " + id
                        + " that is no text with a score, or one that was there before; valid: each once");
            }
            scores.add(in.getDoubleValue());
            if (in.nextToken() != JsonToken.END_ARRAY) {
                throw new ModelFileException(path + " has a piece " + id + " with more than a score; valid: a score");
            }
        }
    }

    private void check() {
        if (!(isUnigram() ? !scores.isEmpty() : type().equals("BPE")) || vocabulary.isEmpty()) {
            throw new ModelFileException(
                    path + " has a model of type " + type() + "; valid: BPE or Unigram with a vocabulary");
        }
        for (String affix : new String[] {"continuing_subword_prefix", "end_of_word_suffix"}) {
            if (!model.path(affix).asText("").isEmpty() && !model.path(affix).isNull()) {
                throw TokenizerSteps.refused(path, affix + " " + model.path(affix), "none");
            }
        }
        JsonNode unknown = model.path(isUnigram() ? "unk_id" : "unk_token");
        boolean known = isUnigram()
                ? unknown.canConvertToInt() && unknown.asInt() >= 0 && unknown.asInt() < scores.size()
                : unknown.isNull() || unknown.isMissingNode() || vocabulary.containsKey(unknown.asText());
        if (!known) {
            throw TokenizerSteps.refused(path, "token " + unknown + " for what is unknown", "one of the vocabulary");
        }
        for (JsonNode added : addedTokens) {
            if (!added.path("content").isTextual() || !added.path("id").canConvertToInt()) {
                throw TokenizerSteps.refused(path, "added token " + added, "one with an id and a content");
            }
        }
    }

    private String type() {
        return model.path("type").asText("none");
    }

    private boolean isUnigram() {
        return type().equals("Unigram");
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

    /** A file for the native library that tokenises texts as this one does, but finds no special tokens in them. */
    byte[] forText() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
        try (JsonGenerator json = JsonTrees.factory().createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("version", "1.0");
            write(json, "added_tokens", textTokens());
            write(json, "normalizer", normalizer);
            write(json, "pre_tokenizer", preTokenizer);
            json.writeObjectFieldStart("model");
            json.writeStringField("type", type());
            json.writeBooleanField("byte_fallback", model.path("byte_fallback").asBoolean());
            if (isUnigram()) {
                json.writeNumberField("unk_id", model.path("unk_id").asInt());
                writePieces(json);
            } else {
                write(
                        json,
                        "unk_token",
                        model.path("unk_token").isTextual() ? model.path("unk_token") : NullNode.getInstance());
                json.writeBooleanField("fuse_unk", model.path("fuse_unk").asBoolean());
                json.writeBooleanField(
                        "ignore_merges", model.path("ignore_merges").asBoolean());
                copy(json, out, "vocab", vocabularyPlace);
                copy(json, out, "merges", mergesPlace);
            }
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new ModelFileException(path + " cannot be read as JSON: " + e.getMessage(), e);
        }
        return out.toByteArray();
    }

    private static void write(JsonGenerator json, String name, JsonNode value) throws IOException {
        json.writeFieldName(name);
        JsonTrees.write(value, json);
    }

    /** What takes most of the file is taken over byte by byte. */
    private void copy(JsonGenerator json, ByteArrayOutputStream out, String name, Place place) throws IOException {
        json.writeFieldName(name);
        json.writeRawValue(place.to == 0 ? "[]" : "");
        json.flush();
        out.write(bytes, place.from, place.to - place.from);
    }

    /** A unigram model finds each of its pieces in a text, those of special tokens too: they get names of their own. */
    private void writePieces(JsonGenerator json) throws IOException {
        Map<String, String> names = new HashMap<>();
        addedTokens.forEach(added -> {
            if (isSpecial(added)) {
                names.put(added.path("content").asText(), ContentMarks.unguessable() + added.path("id"));
            }
        });
        json.writeArrayFieldStart("vocab");
        for (Map.Entry<String, Integer> piece : vocabulary.entrySet()) {
            json.writeStartArray();
            json.writeString(names.getOrDefault(piece.getKey(), piece.getKey()));
            json.writeNumber(scores.get(piece.getValue()));
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    /**
     * The added tokens that texts may have. The library numbers added tokens in their order where the vocabulary does
     * not have them; so a special one that it does not have stays, under a name that no text has.
     */
    private ArrayNode textTokens() {
        ArrayNode kept = addedTokens.arrayNode();
        for (JsonNode added : addedTokens) {
            String content = added.path("content").asText();
            if (!isSpecial(added) && !content.isEmpty()) {
                addToken(kept, added, content);
            } else if (!vocabulary.containsKey(content)) {
                addToken(kept, added, ContentMarks.unguessable() + added.path("id"));
            }
        }
        return kept;
    }

    /** They are looked for in the text as it was written: the library can't bear one that normalizes to nothing. */
    private static void addToken(ArrayNode into, JsonNode added, String content) {
        into.addObject()
                .put("id", added.path("id").asInt())
                .put("content", content)
                .put("single_word", added.path("single_word").asBoolean())
                .put("lstrip", added.path("lstrip").asBoolean())
                .put("rstrip", added.path("rstrip").asBoolean())
                .put("normalized", false)
                .put("special", false);
    }
}
