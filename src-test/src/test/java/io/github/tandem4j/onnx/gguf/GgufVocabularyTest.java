package io.github.tandem4j.onnx.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.tokenizer.CharacterMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GgufVocabularyTest {
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String TYPES = "tokenizer.ggml.token_type";
    private static final String SCORES = "tokenizer.ggml.scores";
    private static final String CHARACTERS = "tokenizer.ggml.precompiled_charsmap";

    @TempDir
    Path place;

    static Stream<Arguments> hostile() {
        List<Integer> oneWrongType = new ArrayList<>(Collections.nCopies(4, 1));
        oneWrongType.set(2, 77);
        return Stream.of(
                Arguments.of("the token \"a\" as 1 and 3", bytePair().with(TOKENS, List.of("<s>", "a", "b", "a"))),
                Arguments.of("of type 77", bytePair().with(TYPES, oneWrongType)),
                Arguments.of("2 token types", bytePair().with(TYPES, List.of(1, 1))),
                Arguments.of("that is String", bytePair().with(TYPES, "normal")),
                Arguments.of("empty tokenizer.ggml.tokens", bytePair().with(TOKENS, List.of())),
                Arguments.of("merge \"a c\"", bytePair().with("tokenizer.ggml.merges", List.of("a c"))),
                Arguments.of("merge \"b a\"", bytePair().with("tokenizer.ggml.merges", List.of("b a"))),
                Arguments.of("merge \"\"", bytePair().with("tokenizer.ggml.merges", List.of(""))),
                Arguments.of("no tokenizer.ggml.merges", bytePair().without("tokenizer.ggml.merges")),
                Arguments.of("pre-tokenizer (none named)", bytePair().without("tokenizer.ggml.pre")),
                Arguments.of("bos_token_id 4", bytePair().with("tokenizer.ggml.bos_token_id", 4)),
                Arguments.of("padding_token_id 4", bytePair().with("tokenizer.ggml.padding_token_id", 4)),
                Arguments.of("that is Boolean", bytePair().with("tokenizer.ggml.eos_token_id", true)),
                Arguments.of("no tokenizer.ggml.scores", pieces("llama").without(SCORES)),
                Arguments.of("1 scores", pieces("llama").with(SCORES, List.of(1f))),
                Arguments.of("score NaN", pieces("llama").with(SCORES, List.of(0f, -1f, Float.NaN, -2f))),
                Arguments.of(
                        "score -Infinity", pieces("t5").with(SCORES, List.of(0f, -1f, Float.NEGATIVE_INFINITY, -2f))),
                Arguments.of("that is String", pieces("llama").with(SCORES, "high")),
                Arguments.of("513 characters", pieces("llama").with(TOKENS, List.of("<s>", "a", "b", "x".repeat(513)))),
                Arguments.of(
                        "<0x00>",
                        pieces("llama").with(TYPES, List.of(1, 1, 1, 1)).without("tokenizer.ggml.unknown_token_id")),
                Arguments.of(
                        "no tokenizer.ggml.unknown_token_id", pieces("t5").without("tokenizer.ggml.unknown_token_id")),
                Arguments.of(
                        "1 byte tokens, of which 0 are named as bytes",
                        pieces("t5").with(TYPES, List.of(2, 6, 1, 1))),
                Arguments.of(
                        "1 byte tokens, of which 1 are named as bytes",
                        pieces("t5")
                                .with(TOKENS, List.of("<unk>", "<0x0A>", "b", "ab"))
                                .with(TYPES, List.of(2, 6, 1, 1))),
                Arguments.of("trie of -1 bytes", pieces("t5").with(CHARACTERS, new byte[] {1, 2})),
                Arguments.of(
                        "trie of 4294967295 bytes",
                        pieces("t5").with(CHARACTERS, new byte[] {-1, -1, -1, -1, 0, 0, 0, 0})),
                Arguments.of("leads to", pieces("t5").with(CHARACTERS, new byte[] {4, 0, 0, 0, 0, -1, -1, 127})));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void refusesByName(String named, Vocabulary vocabulary) throws IOException {
        Path file = TokenizerGoldens.write(vocabulary.metadata, place.resolve("hostile.gguf"));

        assertThatThrownBy(() -> read(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(named)
                .hasMessageContaining("valid");
    }

    @Test
    void refusesTokensThatAreNotUtf8AndCountsThatLie() throws IOException {
        GgufBytes broken = new GgufBytes()
                .header(0, 1)
                .string(TOKENS)
                .u32(9)
                .u32(8)
                .u64(1)
                .u64(2)
                .raw((byte) 0xc3, (byte) 0x28);
        GgufBytes lying = new GgufBytes()
                .header(0, 1)
                .string(TOKENS)
                .u32(9)
                .u32(8)
                .u64(1L << 40)
                .u64(0);

        assertThatThrownBy(() -> read(Files.write(place.resolve("broken.gguf"), broken.toBytes())))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("not UTF-8");
        assertThatThrownBy(() -> read(Files.write(place.resolve("lying.gguf"), lying.toBytes())))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("claims 1099511627776 elements");
    }

    @Test
    void whatHasARoleIsSpecialWhateverItsType() throws IOException {
        Path file = TokenizerGoldens.write(
                bytePair().with("tokenizer.ggml.eos_token_id", 0).metadata, place.resolve("roles.gguf"));
        try (GgufFile gguf = GgufFile.open(file)) {
            JsonNode added = new GgufVocabulary(gguf).tokenizer().get("added_tokens");

            assertThat(added).hasSize(1);
            assertThat(added.at("/0/special").asBoolean()).isTrue();
        }
    }

    @Test
    void aRoleCountsMoreThanThatAUserDefinedTheToken() throws IOException {
        Path file = TokenizerGoldens.write(
                bytePair().with(TYPES, List.of(4, 1, 1, 1)).with("tokenizer.ggml.eos_token_id", 0).metadata,
                place.resolve("roles.gguf"));
        try (GgufFile gguf = GgufFile.open(file)) {
            JsonNode added = new GgufVocabulary(gguf).tokenizer().get("added_tokens");

            assertThat(added.at("/0/special").asBoolean()).isTrue();
        }
    }

    @Test
    void noPiecesMergeToWhatHasARole() throws IOException {
        Path file = TokenizerGoldens.write(
                pieces("llama").with("tokenizer.ggml.eos_token_id", 3).metadata, place.resolve("roles.gguf"));
        try (GgufFile gguf = GgufFile.open(file)) {
            assertThat(new GgufVocabulary(gguf).tokenizer().at("/model/merges")).isEmpty();
        }
    }

    @Test
    void piecesHaveTheirUsualSpecialTokensIfTheFileDoesNotSay() throws IOException {
        Vocabulary vocabulary =
                pieces("llama").with(TYPES, List.of(2, 3, 3, 1)).without("tokenizer.ggml.unknown_token_id");
        Path file = TokenizerGoldens.write(vocabulary.metadata, place.resolve("usual.gguf"));
        try (GgufFile gguf = GgufFile.open(file)) {
            JsonNode config = new GgufVocabulary(gguf).tokenizerConfig();

            assertThat(config.get("unk_token").asText()).isEqualTo("<unk>");
            assertThat(config.get("bos_token").asText()).isEqualTo("a");
            assertThat(config.get("eos_token").asText()).isEqualTo("b");
        }
    }

    @Test
    void textsBeginAsTheirFamilySaysUnlessTheFileSaysOtherwise() throws IOException {
        assertThat(beginsTexts(bytePair())).isFalse();
        assertThat(beginsTexts(bytePair().with("tokenizer.ggml.pre", "llama-bpe")))
                .isTrue();
        assertThat(beginsTexts(pieces("llama"))).isTrue();
        assertThat(beginsTexts(pieces("t5"))).isFalse();
        assertThat(beginsTexts(pieces("llama").with("tokenizer.ggml.add_bos_token", false)))
                .isFalse();
    }

    /** The native library would follow these pointers out of the table, and take the process with it. */
    @Test
    void damagedTablesOfCharactersEndInARefusalOrInText() throws IOException {
        Map<String, Object> metadata = TokenizerGoldens.metadata(TokenizerGoldens.read("unigram"));
        byte[] table = (byte[]) Objects.requireNonNull(metadata.get(CHARACTERS));
        Random random = new Random(3);
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] damaged = i % 3 == 0 ? Arrays.copyOf(table, random.nextInt(table.length)) : table.clone();
            for (int k = 0; k < 8; k++) {
                damaged[random.nextInt(Math.min(damaged.length, i < 150 ? 4096 : damaged.length))] =
                        (byte) random.nextInt();
            }
            if (CharacterMap.check(damaged).isPresent()) {
                refused++;
            } else {
                assertThat(CharacterMap.of(damaged).normalize("\uff21\u00bd e\u0301 \u304b\u3099 \u0000\ud83d\ude00"))
                        .isNotNull();
            }
        }
        assertThat(refused).isBetween(100, 299);
        assertThat(CharacterMap.check(table)).isEmpty();
    }

    /** The trie of this table leads from an {@code a} back to where it came from. */
    @Test
    void tablesOfCharactersNeitherLoopNorFillTheMemory() {
        ByteBuffer table = ByteBuffer.allocate(4 + 4 * 512 + 300).order(ByteOrder.LITTLE_ENDIAN);
        table.putInt(4 * 512).putInt(256 << 10);
        table.putInt(4 + 4 * 256, 1 << 31).putInt(4 + 4 * (256 ^ 'a'), 'a' << 10 | 1 << 8 | 'a');
        table.put(4 + 4 * 512, (byte) 'x');

        assertThat(CharacterMap.check(table.array())).isEmpty();
        assertThat(CharacterMap.of(table.array()).normalize("b" + "a".repeat(513)))
                .isEqualTo("bxxx");
        for (int i = 1; i < 299; i++) {
            table.put(4 + 4 * 512 + i, (byte) 'x');
        }
        assertThat(CharacterMap.check(table.array()))
                .hasValueSatisfying(fault -> assertThat(fault).contains("more than 256 bytes"));
    }

    private boolean beginsTexts(Vocabulary vocabulary) throws IOException {
        try (GgufFile gguf = GgufFile.open(TokenizerGoldens.write(vocabulary.metadata, place.resolve("begin.gguf")))) {
            return new GgufVocabulary(gguf)
                    .tokenizerConfig()
                    .get("add_bos_token")
                    .asBoolean();
        }
    }

    private static void read(Path file) throws IOException {
        try (GgufFile gguf = GgufFile.open(file)) {
            new GgufVocabulary(gguf).tokenizer();
        }
    }

    private static Vocabulary bytePair() {
        return new Vocabulary()
                .with("tokenizer.ggml.model", "gpt2")
                .with("tokenizer.ggml.pre", "gpt-2")
                .with(TOKENS, List.of("<s>", "a", "b", "ab"))
                .with("tokenizer.ggml.merges", List.of("a b"));
    }

    private static Vocabulary pieces(String model) {
        return new Vocabulary()
                .with("tokenizer.ggml.model", model)
                .with(TOKENS, List.of("<unk>", "a", "b", "ab"))
                .with(TYPES, List.of(2, 1, 1, 1))
                .with(SCORES, List.of(0f, -1f, -1f, -2f))
                .with("tokenizer.ggml.unknown_token_id", 0);
    }

    /** The metadata of a file, right or wrong. */
    private static final class Vocabulary {
        private final Map<String, Object> metadata = new LinkedHashMap<>();

        Vocabulary with(String key, Object value) {
            metadata.put(key, value);
            return this;
        }

        Vocabulary without(String key) {
            metadata.remove(key);
            return this;
        }
    }
}
