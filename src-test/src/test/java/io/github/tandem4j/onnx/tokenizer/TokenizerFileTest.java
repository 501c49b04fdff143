package io.github.tandem4j.onnx.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With most of these files the native library ends the process if it is given them. */
class TokenizerFileTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SPLIT =
            "{'type':'Split','pattern':{'Regex':'%s'},'behavior':'Isolated','invert':false}";

    @TempDir
    Path place;

    static Stream<Arguments> hostile() {
        return Stream.of(
                Arguments.of("continuing_subword_prefix", "/model", "continuing_subword_prefix", "'##'"),
                Arguments.of("end_of_word_suffix", "/model", "end_of_word_suffix", "'</w>'"),
                Arguments.of("type WordPiece", "/model", "type", "'WordPiece'"),
                Arguments.of("what is unknown", "/model", "unk_token", "'zz'"),
                Arguments.of("prepends nothing", "", "normalizer", "{'type':'Prepend','prepend':''}"),
                Arguments.of(
                        "prepends 65 characters",
                        "",
                        "normalizer",
                        "{'type':'Prepend','prepend':'" + "x".repeat(65) + "'}"),
                Arguments.of(
                        "too long",
                        "",
                        "normalizer",
                        "{'type':'Sequence','normalizers':["
                                + "{'type':'Replace','pattern':{'String':'a'},'content':'aa'},".repeat(6)
                                + "{'type':'Replace','pattern':{'Regex':'a'},'content':'aa'}]}"),
                Arguments.of(
                        "without a pattern",
                        "",
                        "normalizer",
                        "{'type':'Replace','pattern':{'String':''},'content':'x'}"),
                Arguments.of(
                        "matches nothing",
                        "",
                        "normalizer",
                        "{'type':'Replace','pattern':{'Regex':'a*'},'content':'x'}"),
                Arguments.of(
                        "normalizer Precompiled",
                        "",
                        "normalizer",
                        "{'type':'Sequence','normalizers':[{'type':'NFC'},{'type':'Precompiled'}]}"),
                Arguments.of(
                        "trie of -1 bytes", "", "normalizer", "{'type':'Precompiled','precompiled_charsmap':'AAA='}"),
                Arguments.of("no base 64", "", "normalizer", "{'type':'Precompiled','precompiled_charsmap':'!'}"),
                Arguments.of(
                        "nested deeper",
                        "",
                        "normalizer",
                        "{'type':'Sequence','normalizers':[".repeat(20) + "]}".repeat(20)),
                Arguments.of("pre-tokenizer FixedLength", "", "pre_tokenizer", "{'type':'FixedLength','length':0}"),
                Arguments.of("repeats a group", "", "pre_tokenizer", SPLIT.formatted("(e+)+$")),
                Arguments.of("added token", "", "added_tokens", "[{'id':'first','content':'x'}]"),
                Arguments.of("with the id 99", "", "added_tokens", "[{'id':99,'content':'x'}]"));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void refusesByName(String named, String at, String key, String value) throws IOException {
        ObjectNode json = tokenizer();
        ((ObjectNode) json.at(at)).set(key, JSON.readTree(value.replace('\'', '"')));
        Path file = Files.write(place.resolve("tokenizer.json"), JSON.writeValueAsBytes(json));

        assertThatThrownBy(() -> Tokenizer.open(file, 3))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(named);
    }

    /** Of two parsers, each may take the one that the other does not. */
    @Test
    void refusesASecondVocabulary() throws IOException {
        Path file = place.resolve("tokenizer.json");
        Files.writeString(
                file,
                tokenizer().toString().replace("\"vocab\":", "\"unk_token\":\"zz\",\"vocab\":{\"zz\":0},\"vocab\":"));
        assertThatThrownBy(() -> Tokenizer.open(file, 3))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("second vocab");
    }

    @Test
    void refusesOtherEncodings() throws IOException {
        Path file = place.resolve("tokenizer.json");
        Files.write(file, tokenizer().toString().getBytes(StandardCharsets.UTF_16BE));
        assertThatThrownBy(() -> Tokenizer.open(file, 3))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("UTF-8");
    }

    @Test
    void readsAFileBehindAByteOrderMark() throws IOException {
        Path file = place.resolve("tokenizer.json");
        Files.writeString(file, "\uFEFF" + tokenizer());
        try (Tokenizer tokenizer = Tokenizer.open(file, 3)) {
            assertThat(tokenizer.encode("tht")).containsExactly(2, 0);
        }
    }

    @Test
    void readsAsManyTokensAsALargeVocabularyHas() throws IOException {
        ObjectNode json = tokenizer();
        ObjectNode vocabulary = (ObjectNode) json.at("/model/vocab");
        for (int id = 3; id < 262_144; id++) {
            vocabulary.put("token" + id, id);
        }
        Path file = Files.write(place.resolve("tokenizer.json"), JSON.writeValueAsBytes(json));
        assertThat(TokenizerFile.read(file).vocabulary()).hasSize(262_144).containsEntry("token262143", 262_143);
    }

    /** The native library would read memory that is no more there. */
    @Test
    void aClosedTokenizerIsRefused() throws IOException {
        Path file =
                Files.writeString(place.resolve("tokenizer.json"), tokenizer().toString());
        Tokenizer tokenizer = Tokenizer.open(file, 3);
        tokenizer.close();
        tokenizer.close();
        assertThatThrownBy(() -> tokenizer.encode("th"))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("closed");
    }

    /** As in the files that Hugging Face publishes, where the vocabulary has no special tokens. */
    @Test
    void addedTokensKeepTheirIdsWhenSpecialOnesAreTakenOut() throws IOException {
        ObjectNode json = tokenizer();
        json.set(
                "added_tokens",
                JSON.readTree("[{'id':3,'content':'<s>','special':true},{'id':4,'content':'<call>','special':false}]"
                        .replace('\'', '"')));
        Path file = Files.write(place.resolve("tokenizer.json"), JSON.writeValueAsBytes(json));

        try (Tokenizer tokenizer = Tokenizer.open(file, 5)) {
            assertThat(tokenizer.encode("<call>")).containsExactly(4);
            assertThat(tokenizer.encode("<s>")).doesNotContain(3);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r"
                        + "\\n"
                        + "\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r"
                        + "\\n"
                        + "]*|\\s*[\\r"
                        + "\\n"
                        + "]+|\\s+(?!\\S)|\\s+",
                "[^\\r"
                        + "\\n"
                        + "\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r"
                        + "\\n"
                        + "\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t)?|\\p{N}{1,3}|"
                        + " ?[^\\s\\p{L}\\p{N}]+[\\r"
                        + "\\n"
                        + "/]*|\\s*[\\r"
                        + "\\n"
                        + "]+|\\s+(?!\\S)|\\s+",
                "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r"
                        + "\\n"
                        + "\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r"
                        + "\\n"
                        + "]*|\\s*[\\r"
                        + "\\n"
                        + "]+|\\s+(?!\\S)|\\s+",
                "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                "[0-9][0-9][0-9]",
                "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
                " {2,}",
                " +\\z"
            })
    void knowsThePatternsThatTokenizersHave(String pattern) {
        assertThat(PatternCheck.check(pattern, true)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+",
                "(a|a)*b",
                "(?:a|a){0,64}b",
                "(?:a{0,64}){0,64}b",
                "(?:a*a*a*)b",
                "a*(?:a*b)",
                "(?:(?:|a*)a*)b",
                "a?a?a?a?a?a?a?a?a?a?a?a?b",
                "a{0,64}a{0,64}b",
                "a{0,64}+b",
                "[\\c[](a*)*b]",
                "a*a*b",
                "(a*)*",
                "(?:a{1,999}){1,999}",
                "(a)\\1",
                "(?<=a*)b",
                "(?>a)",
                "(?R)",
                "a**",
                "(",
                "a)",
                "[a",
                "\\",
                "\\q",
                "a{9999}",
                "a{1",
                "(?=a+)b",
                "*",
                "\\p{L",
                "(?#x)",
                "((((((((((((((((((((((a))))))))))))))))))))))"
            })
    void refusesPatternsWithManyWaysToMatch(String pattern) {
        assertThat(PatternCheck.check(pattern, false)).isPresent();
    }

    @Test
    void knowsWhichPatternsMayMatchNothing() {
        assertThat(PatternCheck.check("a{2}?", true)).isPresent();
        assertThat(PatternCheck.check("a{2}", true)).isEmpty();
    }

    private static ObjectNode tokenizer() throws IOException {
        return (ObjectNode) JSON.readTree(
                ("{'version':'1.0','added_tokens':[],'normalizer':null,'pre_tokenizer':{'type':'ByteLevel',"
                                + "'add_prefix_space':false,'trim_offsets':true,'use_regex':true},'decoder':{'type':'ByteLevel'},'model':{'type':'BPE','vocab':{'t':0,'h':1,'th':2},'merges':['t"
                                + " h']}}")
                        .replace('\'', '"'));
    }
}
