package io.github.tandem4j.cascade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers that call tools, rightly or not. */
class BrokenToolCallTest {

    private static final ToolSpecification WEATHER = ToolSpecification.builder()
            .name("weather")
            .parameters(JsonObjectSchema.builder()
                    .addStringProperty("city")
                    .addIntegerProperty("days")
                    .required("city")
                    .build())
            .build();
    private static final ToolSpecification CLOCK =
            ToolSpecification.builder().name("clock").build();

    private static Request request(@Nullable ToolChoice choice) {
        return Request.of(ChatRequest.builder()
                .messages(UserMessage.from("Will it rain?"))
                .toolSpecifications(WEATHER, CLOCK)
                .toolChoice(choice)
                .build());
    }

    private static ModelEndpoint calling(String id, ToolExecutionRequest... calls) {
        AiMessage message = calls.length == 0 ? AiMessage.from("No.") : AiMessage.from(Arrays.asList(calls));
        return ModelEndpoint.of(
                id,
                ModelProfile.local().can(ModelCapability.TOOLS).build(),
                (chat, context, tokens) ->
                        Completion.of(ChatResponse.builder().aiMessage(message).build()));
    }

    private static ToolExecutionRequest call(String tool, @Nullable String arguments) {
        return ToolExecutionRequest.builder()
                .id("1")
                .name(tool)
                .arguments(arguments)
                .build();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "weather | {\"city\": \"Oslo\"}                   | false",
                "weather | {\"city\": \"Oslo\", \"days\": 3}      | false",
                "weather | {\"city\": \"Oslo\", \"days\": \"3\"}  | true",
                "weather | {\"days\": 3}                          | true",
                "weather | {\"city\": \"Oslo\"                    | true",
                "weather | Oslo                                   | true",
                "weather | []                                     | true",
                "weather |                                        | true",
                "clock   |                                        | false",
                "clock   | {}                                     | false",
                "clock   | now                                    | true",
                "news    | {}                                     | true",
            })
    void seesCallsThatTheToolsDoNotAllow(String tool, @Nullable String arguments, boolean broken) {
        Request request = request(null);
        Reply reply = calling("m", call(tool, arguments)).answer(request);
        assertThat(TextSignal.BROKEN_TOOL_CALL.isIn(request, reply)).isEqualTo(broken);
    }

    @Test
    void seesThatARequiredCallIsMissing() {
        Reply reply = calling("m").answer(request(null));
        assertThat(TextSignal.BROKEN_TOOL_CALL.isIn(request(null), reply)).isFalse();
        assertThat(TextSignal.BROKEN_TOOL_CALL.isIn(request(ToolChoice.REQUIRED), reply))
                .isTrue();
    }

    @Test
    void oneBrokenCallAmongSoundOnesIsBroken() {
        Reply reply = calling("m", call("clock", "{}"), call("weather", "{}")).answer(request(null));
        assertThat(TextSignal.BROKEN_TOOL_CALL.isIn(request(null), reply)).isTrue();
    }

    @Test
    void aCascadeDefersABrokenCallWithoutAskingTheRuleUnlessToldTo() {
        ModelEndpoint small = calling("small", call("weather", "{\"town\": \"Oslo\"}"));
        ModelEndpoint large = calling("large", call("weather", "{\"city\": \"Oslo\"}"));
        Cascade.Builder cascade = Cascade.startingWith(small)
                .keepWhen((request, reply) -> Verdict.keep("always"))
                .deferTo(large);
        Reply reply = cascade.build().answer(request(null));
        assertThat(reply.author()).isEqualTo("large");
        assertThat(reply.trace().toString()).contains("a tool call that the request's tools do not allow");
        assertThat(cascade.judgeEveryAnswer().build().answer(request(null)).author())
                .isEqualTo("small");
    }
}
