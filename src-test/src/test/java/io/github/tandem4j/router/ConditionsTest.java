package io.github.tandem4j.router;

import static io.github.tandem4j.router.Conditions.containsCode;
import static io.github.tandem4j.router.Conditions.conversationContainsCode;
import static io.github.tandem4j.router.Conditions.conversationMatches;
import static io.github.tandem4j.router.Conditions.conversationMentions;
import static io.github.tandem4j.router.Conditions.hasImages;
import static io.github.tandem4j.router.Conditions.hasMedia;
import static io.github.tandem4j.router.Conditions.hasTools;
import static io.github.tandem4j.router.Conditions.inToolExchange;
import static io.github.tandem4j.router.Conditions.matches;
import static io.github.tandem4j.router.Conditions.mentions;
import static io.github.tandem4j.router.Conditions.moreUserMessagesThan;
import static io.github.tandem4j.router.Conditions.promptLongerThan;
import static io.github.tandem4j.router.Conditions.systemPromptMatches;
import static io.github.tandem4j.router.Conditions.wantsJson;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.PdfFileContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import io.github.tandem4j.Request;
import java.util.List;
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
        String prompt = "x" + piece.repeat(500_000 / piece.length()) + "x";
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
    void looksAtTheWholeConversationWhereTheNameSaysSo() {
        AiMessage call = AiMessage.from(ToolExecutionRequest.builder()
                .id("1")
                .name("search")
                .arguments("{\"for\": \"tenancy\"}")
                .build());
        Request request = request(
                SystemMessage.from("You advise on a contract."),
                UserMessage.from("My landlord is cross."),
                AiMessage.from("Why? Is it the noise?"),
                UserMessage.from("```\nx = 1\n```"),
                call,
                ToolExecutionResultMessage.from("1", "search", "liability is limited"),
                AiMessage.from("It is."),
                UserMessage.from("And now?"));
        for (String word : List.of("contract", "landlord", "noise", "tenancy", "liability", "and now")) {
            assertThat(conversationMentions("nothing", word).holds(request))
                    .as(word)
                    .isTrue();
            assertThat(conversationMatches(Pattern.compile("(?i)" + word)).holds(request))
                    .as(word)
                    .isTrue();
            assertThat(mentions(word).holds(request)).as(word).isEqualTo(word.equals("and now"));
        }
        assertThat(conversationMentions("contracts").holds(request)).isFalse();
        assertThat(conversationMatches(Pattern.compile("cross\\.\\s+Why")).holds(request))
                .as("no match from one message into the next")
                .isFalse();
        assertThat(systemPromptMatches(Pattern.compile("advise")).holds(request))
                .isTrue();
        assertThat(systemPromptMatches(Pattern.compile("landlord")).holds(request))
                .isFalse();
        assertThat(conversationContainsCode().holds(request)).isTrue();
        assertThat(containsCode().holds(request)).isFalse();
        assertThat(moreUserMessagesThan(2).holds(request)).isTrue();
        assertThat(moreUserMessagesThan(3).holds(request)).isFalse();
        assertThat(conversationMentions("a", "b").name()).isEqualTo("conversation mentions a or b");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> conversationMentions())
                .withMessageContaining("conversationMentions() needs");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> moreUserMessagesThan(-1))
                .withMessageContaining("-1");
    }

    @Test
    void seesAToolExchangeUntilAModelHasSpokenToItsResults() {
        UserMessage user = UserMessage.from("?");
        AiMessage call = AiMessage.from(ToolExecutionRequest.builder()
                .id("1")
                .name("clock")
                .arguments("{}")
                .build());
        ToolExecutionResultMessage result = ToolExecutionResultMessage.from("1", "clock", "12:00");
        assertThat(inToolExchange().holds(request(user, call, result))).isTrue();
        assertThat(inToolExchange().holds(request(user, call, result, AiMessage.from("noon"))))
                .isFalse();
        assertThat(inToolExchange().holds(request(user, call, result, AiMessage.from("noon"), user)))
                .isFalse();
        assertThat(inToolExchange().holds(request(user))).isFalse();
    }

    @Test
    void seesImagesInToolResultsToo() {
        UserMessage pdf = UserMessage.from(PdfFileContent.from("http://localhost/x.pdf"));
        ToolExecutionResultMessage chart = ToolExecutionResultMessage.builder()
                .id("1")
                .toolName("chart")
                .contents(List.of(ImageContent.from("http://localhost/x.png")))
                .build();
        assertThat(hasImages().holds(request(pdf))).isFalse();
        assertThat(hasMedia().holds(request(pdf))).isTrue();
        assertThat(hasImages().holds(request(UserMessage.from("?"), chart))).isTrue();
        assertThat(hasMedia().holds(request(UserMessage.from("?"), chart))).isTrue();
    }

    @Test
    void seesThatJsonIsWanted() {
        assertThat(wantsJson().holds(format(ResponseFormat.JSON))).isTrue();
        assertThat(wantsJson().holds(format(ResponseFormat.TEXT))).isFalse();
        assertThat(wantsJson().holds(Request.of("JSON, please"))).isFalse();
    }

    private static Request format(ResponseFormat format) {
        return Request.of(ChatRequest.builder()
                .messages(UserMessage.from("?"))
                .responseFormat(format)
                .build());
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
    void aLanguageOrAScriptMustBeNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Conditions.isIn())
                .withMessage("no language was given; valid is one or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Conditions.isWrittenIn())
                .withMessage("no script was given; valid is one or more");
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
