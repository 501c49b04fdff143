package io.github.tandem4j.router;

import static io.github.tandem4j.router.Conditions.containsCode;
import static io.github.tandem4j.router.Conditions.hasMedia;
import static io.github.tandem4j.router.Conditions.hasTools;
import static io.github.tandem4j.router.Conditions.matches;
import static io.github.tandem4j.router.Conditions.mentions;
import static io.github.tandem4j.router.Conditions.promptLongerThan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Request;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What each condition takes for true, and what it does not. */
final class ConditionsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "```\nanything\n```",
                "What is wrong here?\n~~~\nprint 1\n~~~",
                "int x = 1;\nint y = 2;\nWhat is x + y?",
                "def area(r):\n    return 3.14 * r * r",
                "for (;;) { run(); }",
                "while (true) {\n  step();\n}",
                "import os\nimport sys\nprint(os.environ['HOME'])\nx = {}\n",
                "public static void main(String[] args) {\n    System.exit(1);\n}",
                "SELECT name FROM users WHERE (id = 1);\nUPDATE users SET name = 'x';",
                "const add = (a, b) => a + b;",
                "if (a == b && c != d) return;",
                "#include <stdio.h> // (standard)\nint main(void) { return 0; }",
            })
    void seesCode(String prompt) {
        assertThat(containsCode().holds(Request.of(prompt))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Please return the book to me (or to Ada): I let her know.",
                "I came;\nI saw;\nI conquered.",
                "The tenant shall:\n(a) pay the rent;\n(b) keep the flat clean;\n(c) be quiet at night.",
                "From: Ada\nTo: Bob\nSubject: lunch; see you at 12.",
                "from Monday on we meet at 9: bring coffee\nlet me know: can you come?",
                "How nice~~~ see you~~~",
                "He came (late); she left (early);\nnobody minded.",
                "What does a class in school cost, and who pays for it?",
                "Is 3 == 3?",
                "ein Gruß; zwei Grüße;\ndrei Grüße;\n",
            })
    void takesProseForProse(String prompt) {
        assertThat(containsCode().holds(Request.of(prompt))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a", " ", "\n", "a(", ";\n ", "; ", "(", "for (", "=", "let ", "\t\n", "{ ", "ä", "def a\n"})
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void looksThroughAnEnormousPromptInTimeProportionalToIt(String piece) {
        String prompt = "x" + piece.repeat(1_000_000 / piece.length()) + "x";
        assertThat(containsCode().and(mentions("contract")).holds(Request.of(prompt)))
                .isFalse();
    }

    @Test
    void mentionsWholeWordsInAnyCaseAndScript() {
        Condition contract = mentions("contract", "small print", "straße");
        assertThat(contract.name()).isEqualTo("mentions contract or small print or straße");
        assertThat(contract.holds(Request.of("My CONTRACT!"))).isTrue();
        assertThat(contract.holds(Request.of("Read the Small Print."))).isTrue();
        assertThat(contract.holds(Request.of("Die STRAßE ist nass."))).isTrue();
        assertThat(contract.holds(Request.of("A contractor subcontracts."))).isFalse();
        assertThat(contract.holds(Request.of("Die Straßenbahn."))).isFalse();
    }

    @Test
    void takesTheSignsOfRegularExpressionsAsTheyAre() {
        assertThat(mentions("C++").holds(Request.of("Explain C++ to me"))).isTrue();
        assertThat(mentions("C++").holds(Request.of("Explain CCC to me"))).isFalse();
        assertThat(mentions("a.b").holds(Request.of("axb"))).isFalse();
        assertThat(mentions("(?i)[x]*").holds(Request.of("what is (?i)[x]* for")))
                .isTrue();
        assertThat(mentions("\\E|.*").holds(Request.of("anything"))).isFalse();
        assertThat(mentions("$5").holds(Request.of("it costs $5 today"))).isTrue();
        assertThat(mentions(" padded ").holds(Request.of("padded"))).isTrue();
    }

    @Test
    void refusesToMentionNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> mentions()).withMessageContaining("one or more phrases");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mentions("contract", " "))
                .withMessageContaining("[contract,  ]");
    }

    @Test
    void looksAtTheLatestUserMessageAlone() {
        Request request = request(
                SystemMessage.from("contract"),
                UserMessage.from("contract"),
                AiMessage.from("contract"),
                UserMessage.from("And now?"),
                AiMessage.from("contract"));
        assertThat(mentions("contract").holds(request)).isFalse();
        assertThat(mentions("and now").holds(request)).isTrue();
        assertThat(matches(Pattern.compile("now\\?$")).holds(request)).isTrue();
        assertThat(matches(Pattern.compile("x+")).name()).isEqualTo("matches /x+/");
        assertThat(mentions("contract").holds(request(SystemMessage.from("contract"))))
                .as("no user message at all")
                .isFalse();
    }

    @Test
    void readsTheTextBesideAnImage() {
        Request request = request(UserMessage.from(
                TextContent.from("What is"), ImageContent.from("http://localhost/x.png"), TextContent.from("on it?")));
        assertThat(hasMedia().holds(request)).isTrue();
        assertThat(mentions("on it").holds(request)).isTrue();
        assertThat(hasMedia().holds(Request.of("no picture"))).isFalse();
    }

    @Test
    void seesTools() {
        Request with = Request.of(ChatRequest.builder()
                .messages(UserMessage.from("?"))
                .toolSpecifications(ToolSpecification.builder().name("clock").build())
                .build());
        assertThat(hasTools().holds(with)).isTrue();
        assertThat(hasTools().holds(Request.of("?"))).isFalse();
    }

    @Test
    void countsTheWholeConversation() {
        Request request = request(UserMessage.from("word ".repeat(400)), AiMessage.from("yes"), UserMessage.from("?"));
        assertThat(promptLongerThan(400).holds(request)).isTrue();
        assertThat(promptLongerThan(4000).holds(request)).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> promptLongerThan(-1))
                .withMessageContaining("-1");
    }

    @Test
    void conditionsCombineAndSoDoTheirNames() {
        Condition yes = Condition.of("yes", request -> true);
        Condition no = Condition.of("no", request -> false);
        Request request = Request.of("?");
        assertThat(yes.and(no).holds(request)).isFalse();
        assertThat(yes.or(no).holds(request)).isTrue();
        assertThat(no.not().holds(request)).isTrue();
        assertThat(yes.and(no).name()).isEqualTo("yes and no");
        assertThat(yes.or(no).and(yes).not().name()).isEqualTo("not ((yes or no) and yes)");
    }

    @Test
    @SuppressWarnings("NullAway") // null is the point
    void aConditionNeedsANameAndATest() {
        assertThatNullPointerException()
                .isThrownBy(() -> Condition.of(null, request -> true))
                .withMessage("name");
        assertThatNullPointerException()
                .isThrownBy(() -> Condition.of("x", null))
                .withMessage("test");
        Condition throwing = Condition.of("throws", request -> {
            throw new IllegalStateException("the test's own fault");
        });
        assertThatThrownBy(() -> throwing.not().holds(Request.of("?"))).hasMessage("the test's own fault");
    }

    private static Request request(ChatMessage... messages) {
        return Request.of(ChatRequest.builder().messages(messages).build());
    }
}
