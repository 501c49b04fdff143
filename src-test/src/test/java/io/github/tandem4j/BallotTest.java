package io.github.tandem4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BallotTest {

    @ParameterizedTest
    @CsvSource({
        "Paris, paris., true",
        "**Paris**, “Paris!”, true",
        "(b), b, true",
        "a  b, A b, true",
        "½, 1⁄2, true",
        "5, -5, false",
        "5, 5%, false",
        "C, C++, false",
        "C, C#, false",
        "5, .5, false",
        "0.5, .5, false",
        "?, !, false",
        "1.5., 1.5, true"
    })
    void normalisationForgivesFormAndNotMeaning(String one, String other, boolean agree) {
        assertThat(Ballot.normalised(one).equals(Ballot.normalised(other))).isEqualTo(agree);
    }

    @Test
    void normalisesAnEnormousAnswerInNoTime() {
        String text = "?".repeat(1_000_000) + "x" + "!".repeat(1_000_000) + "y";
        assertThat(Ballot.normalised(text)).hasSize(1_000_002);
    }

    @Test
    void readsWhatTheCallerCompares() {
        Reply one = saying("I count on my fingers.\n42");
        Reply other = saying("Six times seven:\n**42**.");
        assertThat(Ballot.of(one)).isNotEqualTo(Ballot.of(other));
        assertThat(Ballot.of(one, BallotTest::lastLine)).isEqualTo(Ballot.of(other, BallotTest::lastLine));
        assertThat(Ballot.of(one, BallotTest::lastLine)).get().hasToString("42").hasSameHashCodeAs("42");
        assertThatNullPointerException().isThrownBy(() -> Ballot.of(one, reply -> nothing()));
    }

    @SuppressWarnings("NullAway") // a reading that breaks its contract is the point
    private static String nothing() {
        return null;
    }

    private static String lastLine(Reply reply) {
        return reply.text().substring(reply.text().lastIndexOf('\n') + 1);
    }

    @Test
    void anAnswerThatWasCutHasNone() {
        assertThat(Ballot.of(answering(ChatResponse.builder()
                        .aiMessage(AiMessage.from("Paris"))
                        .finishReason(FinishReason.LENGTH))))
                .isEmpty();
        assertThat(Ballot.of(answering(ChatResponse.builder()
                        .aiMessage(AiMessage.from("Paris"))
                        .finishReason(FinishReason.STOP))))
                .isEqualTo(Ballot.of(saying("paris.")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\t", "\u00a0"})
    void aBlankAnswerHasNoneUnlessItCallsTools(String blank) {
        assertThat(Ballot.of(saying(blank))).isEmpty();
        assertThat(Ballot.of(saying("words"), reply -> blank)).isEmpty();
        assertThat(calling(blank, call("1", "clock", "{}"))).isPresent();
        assertThat(Ballot.of(saying("?"))).isPresent();
    }

    @Test
    void toolCallsAgreeByNameAndArgumentsInAnyOrder() {
        ToolExecutionRequest weather =
                call("1", "weather", "{\"city\": \"Oslo\", \"days\": 2, \"at\": [1, {\"x\": null}]}");
        ToolExecutionRequest same =
                call("9", "weather", "{ \"at\":[1.0,{\"x\":null}], \"days\":2e0,\"city\":\"Oslo\"}");
        ToolExecutionRequest clock = call("2", "clock", "{}");
        assertThat(calling("Let me look.", weather, clock)).isEqualTo(calling("", call("3", "clock", " "), same));
        assertThat(calling("", weather)).isNotEqualTo(calling("", weather, weather));
        assertThat(calling("", weather)).isNotEqualTo(calling("", call("1", "forecast", weather.arguments())));
        assertThat(calling("", clock)).isNotEqualTo(Ballot.of(saying("")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"city\": \"oslo\"}",
                "{\"city\": \"Oslo\", \"days\": 1}",
                "{\"city\": null}",
                "{\"city\": [\"Oslo\"]}",
                "{\"city\": \"Oslo\"} {}",
                "{\"city\": \"Oslo\"",
                "Oslo"
            })
    void otherArgumentsAreAnotherCall(String arguments) {
        assertThat(calling("", call("1", "weather", arguments)))
                .isEqualTo(calling("", call("2", "weather", arguments + " ")))
                .isNotEqualTo(calling("", call("1", "weather", "{\"city\": \"Oslo\"}")));
    }

    @Test
    void hostileArgumentsAreComparedInNoTime() {
        String deep = "[".repeat(100_000);
        assertThat(calling("", call("1", "t", deep))).isEqualTo(calling("", call("2", "t", deep)));
        assertThat(calling("", call("1", "t", "[1e999999999]")))
                .isEqualTo(calling("", call("2", "t", "[10E+999999998]")));
    }

    private static Optional<Ballot> calling(String text, ToolExecutionRequest... calls) {
        return Ballot.of(answering(ChatResponse.builder().aiMessage(AiMessage.from(text, Arrays.asList(calls)))));
    }

    private static ToolExecutionRequest call(String id, String name, String arguments) {
        return ToolExecutionRequest.builder()
                .id(id)
                .name(name)
                .arguments(arguments)
                .build();
    }

    private static Reply saying(String text) {
        return answering(ChatResponse.builder().aiMessage(AiMessage.from(text)));
    }

    private static Reply answering(ChatResponse.Builder response) {
        return ModelEndpoint.of(
                        "m", ModelProfile.local().build(), (chat, context, tokens) -> Completion.of(response.build()))
                .answer("?");
    }
}
