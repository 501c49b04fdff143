package io.github.tandem4j.onnx.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.grammar.TokenVocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Text to token ids and back. The library's tokenizer is made without the special tokens, which it would find in any
 * text: so text is text, whatever a user types, and only {@link #encodePrompt} looks for them, where the template put
 * them.
 */
public final class Tokenizer implements AutoCloseable {
    /** Ids that a vocabulary may have beyond its tokenizer's, to make its size a round number. */
    private static final int MOST_PADDING = 1024;

    private final TextTokenizer text;
    private final byte[][] bytes;
    private final Map<String, Special> specials;
    private final Map<String, Integer> addedIds;
    private final Set<Integer> added;
    private final boolean spacePrefix;
    private final Optional<CharacterMap> characters;
    private @Nullable TokenVocabulary tokenVocabulary;

    /** A special token, and whether it takes the white space around it in. */
    private record Special(int id, boolean takesBefore, boolean takesBehind) {}

    private Tokenizer(
            TextTokenizer text,
            byte[][] bytes,
            Map<String, Special> specials,
            Map<String, Integer> addedIds,
            boolean spacePrefix,
            Optional<CharacterMap> characters) {
        this.text = text;
        this.bytes = bytes;
        this.specials = specials;
        this.addedIds = addedIds;
        this.added = Set.copyOf(addedIds.values());
        this.spacePrefix = spacePrefix;
        this.characters = characters;
    }

    /**
     * Opens a tokenizer.
     *
     * @param file a {@code tokenizer.json}
     * @param vocabulary how many tokens the model knows, padding included
     * @return the tokenizer, which holds native memory until it is closed
     * @throws ModelFileException if the file can't be read, has a step that is not known, or is another model's
     */
    public static Tokenizer open(Path file, int vocabulary) {
        TokenizerFile read = TokenizerFile.read(file);
        TokenTexts texts = TokenTexts.of(read.decoder());
        // Before anything is allocated for it: how large the vocabulary is, is a number in another file.
        requireTokens(file, read.vocabulary().size() + (long) read.addedTokens().size(), vocabulary);
        byte[][] bytes = new byte[vocabulary][];
        int known = 0;
        for (Map.Entry<String, Integer> token : read.vocabulary().entrySet()) {
            known += put(file, bytes, token.getValue(), texts.bytes(token.getKey()));
        }
        Map<String, Special> specials = new HashMap<>();
        Map<String, Integer> addedIds = new HashMap<>();
        for (JsonNode added : read.addedTokens()) {
            String content = added.path("content").asText();
            int id = added.path("id").asInt(-1);
            boolean special = TokenizerFile.isSpecial(added);
            if (special && id >= vocabulary && id < vocabulary + MOST_PADDING) {
                continue; // Of another kind of input, such as an image, for which a model of texts has no row.
            }
            known += put(
                    file, bytes, id, special ? content.getBytes(StandardCharsets.UTF_8) : texts.addedBytes(content));
            addedIds.put(content, id);
            if (special) {
                specials.put(
                        content,
                        new Special(
                                id,
                                added.path("lstrip").asBoolean(),
                                added.path("rstrip").asBoolean()));
            }
        }
        requireTokens(file, known, vocabulary);
        return new Tokenizer(
                TokenizerLibrary.openForText(file.toString(), read.forText()),
                bytes,
                Map.copyOf(specials),
                Map.copyOf(addedIds),
                texts.spacePrefix(),
                read.characters());
    }

    private static void requireTokens(Path file, long known, int vocabulary) {
        if (known < vocabulary - MOST_PADDING) {
            throw new ModelFileException(file + " has " + known + " tokens, and the model's vocabulary is " + vocabulary
                    + "; valid: the model's own tokenizer");
        }
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

    /**
     * The ids of a text, in which special tokens are text; half a surrogate pair is U+FFFD.
     *
     * @param plain the text
     * @return its ids
     * @throws ModelFileException if the tokenizer itself fails
     */
    public int[] encode(String plain) {
        String whole = wellFormed(plain);
        String normal = characters.map(map -> map.normalize(whole)).orElse(whole);
        try {
            return Arrays.stream(text.encode(normal)).mapToInt(Math::toIntExact).toArray();
        } catch (RuntimeException e) {
            throw new ModelFileException("the tokenizer of this model fails: " + e.getMessage(), e);
        }
    }

    /** No encoding of Unicode has half a pair, and the native library must not be given one. */
    private static String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE);
            }
        }
        return text;
    }

    /**
     * The ids of a rendered prompt: special tokens outside of contents become what they are.
     *
     * @param prompt the prompt, and where its template wrote special tokens
     * @return its ids
     * @throws ModelFileException if the tokenizer itself fails
     */
    public int[] encodePrompt(ContentMarks.Marked prompt) {
        IntStream.Builder ids = IntStream.builder();
        String rendered = prompt.text();
        int start = 0;
        for (ContentMarks.Special each : prompt.specials()) {
            Special special = Objects.requireNonNull(specials.get(each.token()));
            int end = each.start();
            while (special.takesBefore && end > start && isSpace(rendered.charAt(end - 1))) {
                end--;
            }
            addText(rendered.substring(start, Math.max(start, end)), ids);
            ids.add(special.id);
            start = each.start() + each.token().length();
            while (special.takesBehind && start < rendered.length() && isSpace(rendered.charAt(start))) {
                start++;
            }
        }
        addText(rendered.substring(start), ids);
        return ids.build().toArray();
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    private void addText(String part, IntStream.Builder ids) {
        if (!part.isEmpty()) {
            Arrays.stream(encode(part)).forEach(ids::add);
        }
    }

    private Set<Integer> specialIds() {
        return specials.values().stream().map(Special::id).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * The special tokens.
     *
     * @return the tokens as they are written
     */
    public List<String> specialTokens() {
        return new ArrayList<>(specials.keySet());
    }

    /**
     * The tokens under which constraints are enforced, arranged when they are first asked for.
     *
     * @param turnEnds ids of the tokens that end a turn
     * @return the vocabulary
     */
    public synchronized TokenVocabulary tokenVocabulary(Set<Integer> turnEnds) {
        TokenVocabulary known = tokenVocabulary;
        if (known == null) {
            known = TokenVocabulary.of(bytes.length, this::bytes, specialIds(), turnEnds);
            tokenVocabulary = known;
        }
        return known;
    }

    /**
     * The id of an added token.
     *
     * @param addedToken as it is written
     * @return its id; -1 if there is none
     */
    public int idOf(String addedToken) {
        return addedIds.getOrDefault(addedToken, -1);
    }

    /**
     * The bytes that a token stands for.
     *
     * @param id the token
     * @return its bytes; none if the id is padding
     */
    public byte[] bytes(int id) {
        byte[] value = bytes[id];
        return value == null ? new byte[0] : value;
    }

    /**
     * The bytes that a token adds to a text: those it stands for, but for the space that some tokenizers put before a
     * text's first piece, and before the first one behind a special or other added token.
     *
     * @param before the token before this one, less than 0 if there is none
     * @param id the token
     * @return its bytes
     */
    public byte[] bytes(int before, int id) {
        byte[] value = bytes(id);
        boolean prefixed = spacePrefix && (before < 0 || added.contains(before)) && !added.contains(id);
        return prefixed && value.length > 0 && value[0] == ' ' ? Arrays.copyOfRange(value, 1, value.length) : value;
    }

    /**
     * The text of tokens.
     *
     * @param ids the tokens
     * @return their text; what is no UTF-8 is U+FFFD
     */
    public String decode(int[] ids) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(4 * ids.length);
        int before = -1;
        for (int id : ids) {
            all.writeBytes(bytes(before, id));
            before = id;
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        text.close();
    }
}
