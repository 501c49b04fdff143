package io.github.tandem4j.onnx;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.tandem4j.ModelFileException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Text to token ids and back. The library's tokenizer is made without the special tokens, which it would find in any
 * text: so text is text, whatever a user types, and only {@link #encodePrompt} looks for them, where the template put
 * them.
 */
final class Tokenizer implements AutoCloseable {
    private final HuggingFaceTokenizer text;
    private final byte[][] bytes;
    private final Map<String, Integer> specials;
    private final Map<String, Integer> addedIds;

    private Tokenizer(
            HuggingFaceTokenizer text, byte[][] bytes, Map<String, Integer> specials, Map<String, Integer> addedIds) {
        this.text = text;
        this.bytes = bytes;
        this.specials = specials;
        this.addedIds = addedIds;
    }

    static Tokenizer open(Path file, int vocabulary) {
        TokenizerFile read = TokenizerFile.read(file);
        byte[][] bytes = new byte[vocabulary][];
        int known = 0;
        for (Map.Entry<String, Integer> token : read.vocabulary().entrySet()) {
            known += put(file, bytes, token.getValue(), ByteAlphabet.toBytes(token.getKey()));
        }
        Map<String, Integer> specials = new HashMap<>();
        Map<String, Integer> addedIds = new HashMap<>();
        for (JsonNode added : read.addedTokens()) {
            String content = added.path("content").asText();
            int id = added.path("id").asInt(-1);
            if (id >= vocabulary && id < vocabulary + ModelDirectory.MOST_PADDING) {
                continue; // Of another kind of input, such as an image, for which a model of texts has no row.
            }
            known += put(file, bytes, id, content.getBytes(StandardCharsets.UTF_8));
            addedIds.put(content, id);
            if (TokenizerFile.isSpecial(added)) {
                specials.put(content, id);
            }
        }
        if (known < vocabulary - ModelDirectory.MOST_PADDING) {
            throw new ModelFileException(file + " has " + known + " tokens, and the model's vocabulary is " + vocabulary
                    + "; valid: the model's own tokenizer");
        }
        return new Tokenizer(
                TokenizerLibrary.open(file.toString(), read.withoutSpecialTokens()),
                bytes,
                Map.copyOf(specials),
                Map.copyOf(addedIds));
    }

    private static int put(Path file, byte[][] bytes, int id, byte[] value) {
        if (id < 0 || id >= bytes.length) {
            throw new ModelFileException(file + " has a token with the id " + id + ", and the model's vocabulary is "
                    + bytes.length + "; valid: the model's own tokenizer");
        }
        int known = bytes[id] == null ? 1 : 0;
        bytes[id] = value;
        return known;
    }

    /** The ids of a text, in which special tokens are text. */
    int[] encode(String plain) {
        return Arrays.stream(text.encode(plain, false, false).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /** The ids of a rendered prompt: special tokens outside of contents become what they are. */
    int[] encodePrompt(ContentMarks.Marked prompt) {
        IntStream.Builder ids = IntStream.builder();
        int start = 0;
        for (ContentMarks.Special special : prompt.specials()) {
            addText(prompt.text().substring(start, special.start()), ids);
            ids.add(specials.getOrDefault(special.token(), 0));
            start = special.start() + special.token().length();
        }
        addText(prompt.text().substring(start), ids);
        return ids.build().toArray();
    }

    private void addText(String part, IntStream.Builder ids) {
        if (!part.isEmpty()) {
            Arrays.stream(encode(part)).forEach(ids::add);
        }
    }

    /** The special tokens, as they are written. */
    List<String> specialTokens() {
        return new ArrayList<>(specials.keySet());
    }

    int idOf(String addedToken) {
        return addedIds.getOrDefault(addedToken, -1);
    }

    /** The bytes that a token stands for; none if the id is padding. */
    byte[] bytes(int id) {
        byte[] value = bytes[id];
        return value == null ? new byte[0] : value;
    }

    String decode(int[] ids) {
        int length = IntStream.of(ids).map(id -> bytes(id).length).sum();
        byte[] all = new byte[length];
        int at = 0;
        for (int id : ids) {
            byte[] part = bytes(id);
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return new String(all, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        text.close();
    }
}
