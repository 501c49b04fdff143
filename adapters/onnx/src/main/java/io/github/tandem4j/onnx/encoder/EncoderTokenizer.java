package io.github.tandem4j.onnx.encoder;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.tokenizer.TokenizerLibrary;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Text to rows of tokens. The tokenizer's file may say that texts are cut and padded (that of all-MiniLM-L6-v2 does, at
 * 128 tokens): both are taken out of it. So are the special tokens, which the library would find in any text: what a
 * user types stays text, and where the special tokens of a row go is learned from a sample.
 */
final class EncoderTokenizer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SAMPLE = "a";
    private static final int LONGEST_SAMPLE = 64;

    /** Of different lengths and kinds; short, so that every model has positions for them. */
    private static final List<String> SAMPLES = List.of(
            "Hello!",
            "How do I get back the money that I sent to the wrong account?",
            "def area(r): return 3.14159 * r ** 2  # of a circle; see https://example.org/a?b=1",
            "A train leaves at 9:45 and travels 120 miles at 60 miles an hour. When does it arrive? (A) 10:45 (B) 11:45"
                    + " (C) 12:15 (D) none of these",
            "In 1789, Lavoisier published his \"Traité élémentaire de chimie\", a list of 33 elements.");

    private final HuggingFaceTokenizer library;
    private final Frame single;
    private final Frame pair;
    private final int padId;
    private final int largestId;

    private EncoderTokenizer(HuggingFaceTokenizer library, Frame single, Frame pair, int padId, int largestId) {
        this.library = library;
        this.single = single;
        this.pair = pair;
        this.padId = padId;
        this.largestId = largestId;
    }

    static EncoderTokenizer open(EncoderFiles files) {
        String name = files.tokenizerName();
        ObjectNode json = read(name, files.tokenizer());
        files.tokenizerPath().ifPresent(path -> TokenizerLibrary.check(path, json));
        int padId = padId(json);
        int largest = largestId(json);
        json.putNull("truncation");
        json.putNull("padding");
        removeSpecials(json.path("added_tokens"));
        HuggingFaceTokenizer library =
                TokenizerLibrary.open(name, json.toString().getBytes(UTF_8));
        try {
            Frame single = Frame.of(library.encode(SAMPLE, true, false), 1);
            Frame pair = Frame.of(library.encode(SAMPLE, SAMPLE, true, false), 2);
            return new EncoderTokenizer(library, single, pair, padId, largest);
        } catch (RuntimeException e) {
            library.close();
            throw new ModelFileException(name + " does not tokenize: " + e.getMessage(), e);
        }
    }

    private static ObjectNode read(String name, byte[] bytes) {
        try {
            if (JSON.readTree(bytes) instanceof ObjectNode object) {
                return object;
            }
        } catch (IOException e) {
            throw new ModelFileException(name + " cannot be read as JSON: " + e.getMessage(), e);
        }
        throw new ModelFileException(name + " holds no JSON object; valid: a tokenizer.json");
    }

    private static int padId(ObjectNode json) {
        for (JsonNode added : json.path("added_tokens")) {
            String content = added.path("content").asText();
            if (content.equals("[PAD]") || content.equals("<pad>")) {
                return added.path("id").asInt();
            }
        }
        return json.path("padding").path("pad_id").asInt();
    }

    private static void removeSpecials(JsonNode added) {
        for (Iterator<JsonNode> each = added.iterator(); each.hasNext(); ) {
            if (each.next().path("special").asBoolean()) {
                each.remove();
            }
        }
    }

    private static int largestId(ObjectNode json) {
        int largest = -1;
        for (JsonNode added : json.path("added_tokens")) {
            largest = Math.max(largest, added.path("id").asInt(-1));
        }
        JsonNode vocabulary = json.path("model").path("vocab");
        if (vocabulary.isArray()) { // of pieces with their scores, in the order of their ids
            return Math.max(largest, vocabulary.size() - 1);
        }
        for (JsonNode id : vocabulary) {
            largest = Math.max(largest, id.asInt(-1));
        }
        return largest;
    }

    /** The largest id that a text can have. */
    int largestId() {
        return largestId;
    }

    /** What fills a row up to the length of its batch. */
    int padId() {
        return padId;
    }

    /** How many special tokens stand around a text. */
    int specials() {
        return single.count();
    }

    /** How many special tokens stand around and between two texts. */
    int pairSpecials() {
        return pair.count();
    }

    /** Rows of some texts of the usual kind. */
    List<Row> sample() {
        return SAMPLES.stream()
                .flatMap(text -> rows(encode(text), LONGEST_SAMPLE, 0).stream())
                .toList();
    }

    Tokens encode(String text) {
        return Tokens.of(library.encode(text, false, false));
    }

    /** The rows of a text, each of at most so many tokens. */
    List<Row> rows(Tokens tokens, int maxTokens, int overlap) {
        List<Row> rows = new ArrayList<>(1);
        for (int[] window : tokens.windows(maxTokens - specials(), overlap)) {
            rows.add(single.row(tokens, window[0], window[1]));
        }
        return rows;
    }

    /** The rows of a pair: the first text whole in each, with a piece of the second. */
    List<Row> rows(Tokens first, Tokens second, int maxTokens) {
        List<Row> rows = new ArrayList<>(1);
        for (int[] window : second.windows(maxTokens - pairSpecials() - first.count(), 0)) {
            rows.add(pair.row(first, second, window[0], window[1]));
        }
        return rows;
    }

    @Override
    public void close() {
        library.close();
    }
}
