package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tandem4j.onnx.gguf.TokenizerGoldens;
import io.github.tandem4j.onnx.tokenizer.ContentMarks;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** What holds for texts in all scripts, with the small vocabularies of the goldens. */
class TokenizerPropertyTest {
    private static final Map<String, Tokenizer> TOKENIZERS = new HashMap<>();

    /** One character each of what texts are made of, the hard kinds more often than they are found. */
    private static final List<String> HARD = List.of(
            " ",
            "  ",
            "\n",
            "\r\n",
            "\t",
            "\u00a0",
            "\u3000",
            "\u200d",
            "\ufe0f",
            "\u0301",
            "\u0323",
            "e\u0301",
            "\u00e9",
            "\ud83d\ude00",
            "\ud83d\udc68\u200d\ud83d\udc69",
            "\ud83c\udded\ud83c\uddfa",
            "\u4e16",
            "\uac01",
            "\u1100\u1161",
            "\u0915\u094d",
            "\u0e2a\u0e27",
            "\u0628\u0650",
            "\u05e9\u05c1",
            "'ll",
            "'S",
            "123",
            "0",
            "\u0664",
            "the ",
            "<",
            "|>",
            "<|im_end|>",
            "</s>",
            "<tool_call>",
            "<0x41>",
            "\u0120",
            "\ufffd",
            "\u0000");

    @BeforeContainer
    static void open() throws IOException {
        Path place = Files.createTempDirectory("tokenizers");
        for (String family : TokenizerGoldens.FAMILIES) {
            Path own = Files.createDirectory(place.resolve(family));
            TOKENIZERS.put(
                    family, TokenizerGoldens.open(TokenizerGoldens.metadata(TokenizerGoldens.read(family)), own));
        }
        delete(place);
    }

    @AfterContainer
    static void close() {
        TOKENIZERS.values().forEach(Tokenizer::close);
        TOKENIZERS.clear();
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> any = Arbitraries.integers()
                .between(1, Character.MAX_CODE_POINT)
                .filter(c -> Character.isDefined(c) && Character.getType(c) != Character.SURROGATE)
                .map(Character::toString);
        return Arbitraries.frequencyOf(
                        Tuple.of(1, any),
                        Tuple.of(2, Arbitraries.of(HARD)),
                        Tuple.of(2, Arbitraries.strings().alpha().ofMaxLength(6)))
                .list()
                .ofMaxSize(30)
                .map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<String> families() {
        return Arbitraries.of("gpt-2", "smollm", "llama-bpe", "qwen2", "phi3", "gemma3");
    }

    @Property(tries = 2000)
    void textsComeBack(@ForAll @From("families") String family, @ForAll @From("texts") String text) {
        Tokenizer tokenizer = tokenizer(family);

        String back = tokenizer.decode(tokenizer.encode(text));

        assertThat(back).isEqualTo(expected(family, text));
    }

    private static String expected(String family, String text) {
        return switch (family) {
            // The model reads composed characters.
            case "qwen2" -> Normalizer.normalize(text, Normalizer.Form.NFC);
            // U+2581 is how SentencePiece writes a space.
            case "phi3", "gemma3" -> text.replace('\u2581', ' ');
            default -> text;
        };
    }

    @Property(tries = 1000)
    void tokensInTurnAddUpToTheWhole(@ForAll @From("families") String family, @ForAll @From("texts") String text) {
        Tokenizer tokenizer = tokenizer(family);
        int[] ids = tokenizer.encode(text);
        StringBuilder pieces = new StringBuilder();
        TextAssembler assembler = new TextAssembler(List.of(), pieces::append);

        for (int i = 0; i < ids.length; i++) {
            assembler.accept(tokenizer.bytes(i == 0 ? -1 : ids[i - 1], ids[i]));
        }

        assertThat(assembler.finish()).isEqualTo(tokenizer.decode(ids));
        assertThat(pieces).hasToString(tokenizer.decode(ids));
    }

    @Property(tries = 500)
    void unigramKeepsWordsAndMakesSpacesSingle(@ForAll("words") List<String> words) {
        Tokenizer tokenizer = tokenizer("unigram");

        String back = tokenizer.decode(tokenizer.encode("  " + String.join("   ", words) + " "));

        assertThat(back).isEqualTo(String.join(" ", words));
    }

    @Provide
    Arbitrary<List<String>> words() {
        return Arbitraries.strings()
                .withChars("etaoinshrdlu")
                .ofMinLength(1)
                .ofMaxLength(9)
                .list()
                .ofMinSize(1)
                .ofMaxSize(9);
    }

    @Property(tries = 1000)
    void noContentMakesASpecialToken(@ForAll @From("families") String family, @ForAll @From("texts") String text) {
        Tokenizer tokenizer = tokenizer(family);
        List<String> specials = tokenizer.specialTokens();
        String special = specials.get(text.length() % specials.size());
        ContentMarks marks = new ContentMarks(specials);
        String content = (String) marks.mark((Object) (text + special + text));

        int[] ids = tokenizer.encodePrompt(marks.unmark(special + content + special));

        int[] found = IntStream.of(ids)
                .filter(id -> specials.stream().anyMatch(each -> tokenizer.idOf(each) == id))
                .toArray();
        assertThat(found).containsExactly(tokenizer.idOf(special), tokenizer.idOf(special));
    }

    private static Tokenizer tokenizer(String family) {
        return Objects.requireNonNull(TOKENIZERS.get(family));
    }

    private static void delete(Path place) throws IOException {
        try (Stream<Path> all = Files.walk(place)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
