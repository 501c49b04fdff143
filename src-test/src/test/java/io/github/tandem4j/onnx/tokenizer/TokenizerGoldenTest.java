package io.github.tandem4j.onnx.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tandem4j.onnx.gguf.TokenizerGoldens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Tokenizers of all families beside their references; {@code golden/make_tokenizer_golden.py} says which. */
class TokenizerGoldenTest {
    static final List<String> FAMILIES = TokenizerGoldens.FAMILIES;

    @TempDir
    Path place;

    @ParameterizedTest
    @FieldSource("FAMILIES")
    void hardStringsHaveTheIdsOfTheReference(String family) throws IOException {
        JsonNode golden = TokenizerGoldens.read(family);
        assertThat(golden.get("cases")).hasSizeGreaterThanOrEqualTo(200);
        SoftAssertions softly = new SoftAssertions();
        try (Tokenizer tokenizer = TokenizerGoldens.open(TokenizerGoldens.metadata(golden), place)) {
            for (JsonNode each : golden.get("cases")) {
                String text = each.get("text").asText();
                softly.assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids(each.get("ids")));
            }
        }
        softly.assertAll();
    }

    /** Whatever a user types: no token that only a template may write. */
    @ParameterizedTest
    @FieldSource("FAMILIES")
    void specialTokensInATextStayText(String family) throws IOException {
        Map<String, Object> metadata = TokenizerGoldens.metadata(TokenizerGoldens.read(family));
        try (Tokenizer tokenizer = TokenizerGoldens.open(metadata, place)) {
            assertThat(specials(tokenizer)).isNotEmpty().allSatisfy(special -> {
                for (String text : List.of(special, special + special, "x" + special, " " + special + " y")) {
                    assertThat(tokenizer.encode(text)).as(text).doesNotContain(tokenizer.idOf(special));
                }
            });
        }
    }

    @ParameterizedTest
    @FieldSource("FAMILIES")
    void specialTokensOfATemplateAreOneTokenEach(String family) throws IOException {
        Map<String, Object> metadata = TokenizerGoldens.metadata(TokenizerGoldens.read(family));
        try (Tokenizer tokenizer = TokenizerGoldens.open(metadata, place)) {
            for (String special : specials(tokenizer)) {
                ContentMarks marks = new ContentMarks(tokenizer.specialTokens());
                String content = (String) marks.mark((Object) (special + "x"));
                int[] ids = tokenizer.encodePrompt(marks.unmark(special + content + special));

                int id = tokenizer.idOf(special);
                assertThat(ids).startsWith(id).endsWith(id);
                assertThat(IntStream.of(ids).filter(each -> each == id).count()).isEqualTo(2);
            }
        }
    }

    /** As in Phi-3's own tokenizer, and as llama.cpp has it by the model's name. */
    @Test
    void phi3sSpecialTokensTakeTheWhiteSpaceBehindThem() throws IOException {
        Map<String, Object> metadata = TokenizerGoldens.metadata(TokenizerGoldens.read("phi3"));
        try (Tokenizer tokenizer = TokenizerGoldens.open(metadata, place)) {
            ContentMarks marks = new ContentMarks(tokenizer.specialTokens());

            int[] with = tokenizer.encodePrompt(marks.unmark("<|user|>\n  the<|end|>\n<|assistant|>\n"));
            int[] without = tokenizer.encodePrompt(marks.unmark("<|user|>the<|end|><|assistant|>"));

            assertThat(with).isEqualTo(without);
            assertThat(tokenizer.encodePrompt(marks.unmark("<s>\nthe")))
                    .isNotEqualTo(tokenizer.encodePrompt(marks.unmark("<s>the")));
        }
    }

    @Test
    void theSpaceBeforeATextIsNoneOfItsOwn() throws IOException {
        Map<String, Object> metadata = TokenizerGoldens.metadata(TokenizerGoldens.read("phi3"));
        try (Tokenizer tokenizer = TokenizerGoldens.open(metadata, place)) {
            int[] the = tokenizer.encode("the");
            int user = tokenizer.idOf("<|user|>");

            assertThat(tokenizer.decode(the)).isEqualTo("the");
            assertThat(tokenizer.bytes(-1, the[0])).asString().isEqualTo("the");
            assertThat(tokenizer.bytes(user, the[0])).asString().isEqualTo("the");
            assertThat(tokenizer.bytes(the[0], the[0])).asString().isEqualTo(" the");
        }
    }

    /** A word that is a token needs no merges in Llama 3, and in no other. */
    @ParameterizedTest
    @FieldSource("FAMILIES")
    void wordsWithoutMergesAreFoundByLlama3Only(String family) throws IOException {
        Map<String, Object> metadata = TokenizerGoldens.metadata(TokenizerGoldens.read(family));
        if (!metadata.containsKey("tokenizer.ggml.merges")) {
            return;
        }
        List<String> tokens = new ArrayList<>();
        ((List<?>) Objects.requireNonNull(metadata.get("tokenizer.ggml.tokens")))
                .forEach(token -> tokens.add((String) token));
        List<Integer> types = new ArrayList<>();
        ((List<?>) Objects.requireNonNull(metadata.get("tokenizer.ggml.token_type")))
                .forEach(type -> types.add((Integer) type));
        tokens.add("zyzzyva");
        types.add(1);
        metadata.put("tokenizer.ggml.tokens", tokens);
        metadata.put("tokenizer.ggml.token_type", types);
        try (Tokenizer tokenizer = TokenizerGoldens.open(metadata, place)) {
            int[] ids = tokenizer.encode("zyzzyva");

            assertThat(ids.length == 1).isEqualTo(family.equals("llama-bpe"));
        }
    }

    /** What looks like the name of a byte without its bracket is cut nowhere: pieces go across it. */
    @Test
    void onlyTheWholeNameOfAByteIsKeptFromBeingIt() throws IOException {
        Map<String, Object> metadata = TokenizerGoldens.metadata(TokenizerGoldens.read("unigram-bytes"));
        add(metadata, "tokenizer.ggml.tokens", "\u25810x41>");
        add(metadata, "tokenizer.ggml.token_type", 1);
        add(metadata, "tokenizer.ggml.scores", -0.5f);
        int added = ((List<?>) Objects.requireNonNull(metadata.get("tokenizer.ggml.tokens"))).size() - 1;
        try (Tokenizer tokenizer = TokenizerGoldens.open(metadata, place)) {
            assertThat(tokenizer.encode("0x41>")).containsExactly(added);
            assertThat(tokenizer.encode("<0x41>")).doesNotContain(added, 3 + 0x41);
            assertThat(tokenizer.decode(tokenizer.encode("<0x41>"))).isEqualTo("<0x41>");
        }
    }

    private static void add(Map<String, Object> metadata, String key, Object value) {
        List<Object> values = new ArrayList<>((List<?>) Objects.requireNonNull(metadata.get(key)));
        values.add(value);
        metadata.put(key, values);
    }

    /** But for the one that says that no other token covers a text, which a text may well be. */
    private static List<String> specials(Tokenizer tokenizer) {
        return tokenizer.specialTokens().stream()
                .filter(special -> !special.equals("<unk>"))
                .toList();
    }

    private static int[] ids(JsonNode list) {
        return IntStream.range(0, list.size()).map(i -> list.get(i).asInt()).toArray();
    }
}
