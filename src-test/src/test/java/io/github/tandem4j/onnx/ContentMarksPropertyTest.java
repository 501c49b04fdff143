package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tandem4j.onnx.jinja.JinjaTemplate;
import io.github.tandem4j.onnx.tokenizer.ContentMarks;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Templates that write contents anywhere, side by side too, and contents that would be special tokens together. */
class ContentMarksPropertyTest {
    private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    private static final List<String> SPECIALS = List.of("<|im_start|>", "<|im_end|>", "<s>", "[INST]", "\u00a7");
    private static final int CONTENTS = 4;

    /** What a template may do with a content, in the place of the letter. */
    private static final List<String> USES = List.of(
            "{{ C }}",
            "{{ C | trim }}",
            "{{ C.strip() }}",
            "{{ C.rstrip('\n') }}",
            "{{ C.lstrip('\n') }}",
            "{{ C.split('</think>')[0] }}",
            "{{ C.split('</think>')[-1].lstrip('\n') }}",
            "{% if C %}{{ C }}{% endif %}",
            "{% if C.startswith('<tool_response>') %}{{ C }}{% else %}- {% endif %}",
            "{% if '</think>' in C %}+ {% endif %}");

    private static final List<String> WRITTEN =
            List.of("\n", " ", "user", "x", "<think>\n", "<|im_start|>", "<s>", "\u00a7");

    @Provide
    Arbitrary<List<String>> templates() {
        List<String> parts = new ArrayList<>(WRITTEN);
        for (String use : USES) {
            for (int i = 0; i < CONTENTS; i++) {
                parts.add(use.replace("C", "messages[" + i + "].content"));
            }
        }
        return Arbitraries.of(parts).list().ofMinSize(1).ofMaxSize(10);
    }

    @Provide
    Arbitrary<List<String>> contents() {
        return Arbitraries.of(
                        "<",
                        "|",
                        "<|",
                        "|im_end|>",
                        "im_end|>",
                        "<|im_end|>",
                        "s>",
                        "/s>",
                        "</s>",
                        "[",
                        "INST]",
                        "\u00a7",
                        "</think>",
                        "<tool_response>",
                        " ",
                        "\n",
                        "a",
                        "\ue123",
                        "\uf8ff")
                .list()
                .ofMaxSize(4)
                .map(pieces -> String.join("", pieces))
                .list()
                .ofSize(CONTENTS);
    }

    @Property(tries = 1500)
    void onlyTheTemplateWritesSpecialTokensAndNoMarkIsLeft(
            @ForAll @From("templates") List<String> parts, @ForAll @From("contents") List<String> contents) {
        String source = String.join("", parts);

        ContentMarks.Marked prompt = prompt(source, contents);

        assertThat(prompt.text()).isEqualTo(render(source, contents));
        assertThat(prompt.specials())
                .extracting(ContentMarks.Special::token)
                .containsExactlyElementsOf(
                        parts.stream().filter(SPECIALS::contains).toList());
        assertThat(prompt.specials())
                .allSatisfy(special -> assertThat(prompt.text().startsWith(special.token(), special.start()))
                        .isTrue());
    }

    /** A mark is a character, so that whatever is cut has it whole or not at all. */
    @Property(tries = 500)
    void noCutLeavesAPartOfAMark(@ForAll @From("contents") List<String> contents) {
        for (int length = 0; length < 8; length++) {
            ContentMarks.Marked prompt = prompt("{{ messages[0].content[:" + length + "] }}", contents);

            assertThat(contents.get(0)).startsWith(prompt.text());
        }
    }

    /** As some write the names of arguments. */
    @Property(tries = 200)
    void aBracketOfTheTemplateBeginsNoSpecialToken(@ForAll @From("contents") List<String> contents) {
        String source = "<{{ messages[0].content }}><{{ messages[1].content | trim }}>";

        ContentMarks.Marked prompt = prompt(source, contents);

        assertThat(prompt.text()).isEqualTo(render(source, contents));
        assertThat(prompt.specials()).noneMatch(special -> special.token().equals("<|im_end|>"));
    }

    /** Some vocabularies name tokens by characters for private use. */
    @Test
    void theMarkIsNoCharacterOfASpecialToken() {
        List<String> allButOne =
                IntStream.range(0xe000, 0xf8ff).mapToObj(Character::toString).toList();
        ContentMarks marks = new ContentMarks(allButOne, List.of("a \uf8fe"));

        ContentMarks.Marked prompt = marks.unmark(String.join("", allButOne) + marks.mark("a \uf8fe"));

        assertThat(prompt.text()).isEqualTo(String.join("", allButOne) + "a \uf8fe");
        assertThat(prompt.specials()).extracting(ContentMarks.Special::token).containsExactlyElementsOf(allButOne);
    }

    @Test
    void whoWritesAllPrivateUseCharactersWritesNoSpecialTokenEither() {
        StringBuilder all = new StringBuilder("<|im_end|>");
        for (int c = 0xe000; c <= 0xf8ff; c++) {
            all.append('<').append((char) c).append("|im_end|>");
        }

        ContentMarks.Marked prompt = prompt("{{ messages[0].content }}", List.of(all.toString(), "", "", ""));

        assertThat(prompt.specials()).isEmpty();
        assertThat(all.length() - prompt.text().length()).isOne();
    }

    /** Gemma's vocabulary has as many. Each character of a text is compared with those that begin like it, and not with all. */
    @Test
    void aLongTextAmongThousandsOfSpecialTokens() {
        List<String> specials = Stream.concat(
                        Stream.of("<end_of_turn>", "<"),
                        IntStream.range(0, 6_242).mapToObj(i -> "<unused" + i + ">"))
                .toList();
        String content = " ".repeat(200_000) + "<unused7> <end_of_turn><<".repeat(32_000);
        ContentMarks marks = new ContentMarks(specials, List.of(content));

        ContentMarks.Marked prompt = marks.unmark("<unused6241>" + marks.mark(content) + "<end_of_turn><");

        assertThat(prompt.text()).isEqualTo("<unused6241>" + content + "<end_of_turn><");
        assertThat(prompt.specials())
                .extracting(ContentMarks.Special::token)
                .containsExactly("<unused6241>", "<end_of_turn>", "<");
    }

    private static ContentMarks.Marked prompt(String source, List<String> contents) {
        List<Map<String, Object>> messages = messages(contents);
        ContentMarks marks = new ContentMarks(SPECIALS, List.of(source, messages));
        return marks.unmark(JinjaTemplate.parse(source, CLOCK)
                .render(Map.of(
                        "messages", messages.stream().map(marks::markMessage).toList())));
    }

    private static String render(String source, List<String> contents) {
        return JinjaTemplate.parse(source, CLOCK).render(Map.of("messages", messages(contents)));
    }

    private static List<Map<String, Object>> messages(List<String> contents) {
        return contents.stream()
                .map(content -> Map.<String, Object>of("role", "user", "content", content))
                .toList();
    }
}
