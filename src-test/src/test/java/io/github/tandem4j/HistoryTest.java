package io.github.tandem4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who refuses what in a conversation that is out of order. */
class HistoryTest {

    private static final ChatMessage SYSTEM = SystemMessage.from("Be brief.");
    private static final ChatMessage USER = UserMessage.from("What time is it?");
    private static final ChatMessage SAYS = AiMessage.from("Noon.");
    private static final ChatMessage CALL = calls("1");
    private static final ChatMessage CALLS = calls("1", "2");
    private static final ChatMessage RESULT = result("1", "tool1");
    private static final ChatMessage SECOND = result("2", "tool2");

    private final ScriptedEndpoint model = ScriptedEndpoint.named("model")
            .profile(ModelProfile.local().can(ModelCapability.TOOLS).build())
            .says("fine")
            .build();

    @Test
    void aResultNeedsItsCallBeforeIt() {
        refused("message 1 of 1 is a result of the tool tool1 without a call", RESULT);
        refused("message 2 of 2 is a result", USER, RESULT);
        refused("message 3 of 3 is a result", USER, SAYS, RESULT);
        refused("message 1 of 3 is a result", RESULT, CALL, USER);
        refused("message 5 of 6 is a result", USER, CALL, RESULT, SAYS, RESULT, USER);
        refused("message 3 of 3 is a result of the tool other", USER, CALL, result("9", "other"));
    }

    @Test
    void aCallNeedsItsResultBeforeTheConversationGoesOn() {
        refused("message 2 of 3 calls 1 tools and has 0 results before message 3", USER, CALL, USER);
        refused("message 2 of 4 calls 1 tools and has 0 results before message 3", USER, CALL, USER, RESULT);
        refused("message 2 of 4 calls 2 tools and has 1 results before message 4", USER, CALLS, RESULT, USER);
        refused("message 2 of 3 calls 1 tools and has 0 results before message 3", USER, CALL, SAYS);
    }

    @Test
    void whatSomeProviderTakesIsNotRefused() {
        taken(SYSTEM);
        taken(USER, SYSTEM, USER, SYSTEM);
        taken(SAYS, USER, USER, SAYS, SAYS);
        taken(USER, CALL);
        taken(USER, CALLS, RESULT);
        taken(USER, CALLS, SECOND, RESULT, SAYS, USER);
        taken(USER, CALL, SYSTEM, RESULT, SYSTEM, USER);
        taken(USER, CALL, RESULT, CALL, RESULT, USER);
        taken(USER, CALL, RESULT, USER);
    }

    @Test
    void aResultBelongsToItsCallByIdOrByName() {
        taken(USER, CALL, result("another", "tool1"), USER);
        taken(USER, CALL, result("1", "renamed"), USER);
        ChatMessage unnumbered = AiMessage.from(
                ToolExecutionRequest.builder().name("clock").arguments("{}").build());
        taken(USER, unnumbered, result(null, "clock"), USER);
    }

    @Test
    void anEmptyConversationIsRefusedByLangChain4j() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ChatRequest.builder().messages(List.of()).build())
                .withMessageContaining("messages");
    }

    @Test
    void aStrategyRefusesItBeforeAnyCallAndAsksNoRouter() {
        Routing routing = Routing.among(model, ScriptedEndpoint.saying("other", "fine"))
                .by((request, candidates) -> {
                    throw new AssertionError("asked for a request that nobody takes");
                })
                .build();
        Request broken = request(USER, RESULT);
        assertThat(routing.refusal(broken)).containsInstanceOf(RejectedRequestException.class);
        assertThatThrownBy(() -> routing.answer(broken))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("message 2 of 2");
        assertThat(model.calls()).isZero();
    }

    @Test
    void aConversationWithToolCallsGoesOnlyToWhatCanTakeThem() {
        ScriptedEndpoint plain = ScriptedEndpoint.saying("plain", "fine");
        assertThat(plain.refusal(request(USER, CALL, RESULT)).orElseThrow())
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("TOOLS");
        Routing routing = Routing.among(plain, model)
                .by((request, candidates) -> Choice.of(candidates.get(0), "the first"))
                .build();
        assertThat(routing.answer(request(USER, CALL, RESULT, SAYS, USER)).author())
                .isEqualTo("model");
        assertThat(plain.calls()).isZero();
    }

    @Test
    void anImageInAToolResultGoesOnlyToWhatReadsImages() {
        ChatMessage picture = ToolExecutionResultMessage.builder()
                .id("1")
                .toolName("tool1")
                .contents(List.of(
                        TextContent.from("a chart"),
                        ImageContent.from(Image.builder()
                                .base64Data("iVBORw0KGgo=")
                                .mimeType("image/png")
                                .build())))
                .build();
        assertThat(model.refusal(request(USER, CALL, picture)).orElseThrow()).hasMessageContaining("IMAGES");
    }

    @Property
    void aConversationIsTakenExactlyIfEveryResultAndCallFindsTheOther(@ForAll("conversations") List<String> shape) {
        ChatMessage[] messages = shape.stream()
                .map(kind -> switch (kind) {
                    case "user" -> USER;
                    case "says" -> SAYS;
                    case "system" -> SYSTEM;
                    case "call" -> CALL;
                    default -> RESULT;
                })
                .toArray(ChatMessage[]::new);
        // With one tool and one call a message, the rule is a regular language.
        String word = String.join(" ", shape) + " ";
        boolean fine = word.replace("system ", "").matches("(?:user |says |call (?:result )+)*(?:call )?");
        assertThat(model.refusal(request(messages)).isEmpty()).as(word).isEqualTo(fine);
    }

    @Provide
    Arbitrary<List<String>> conversations() {
        return Arbitraries.of("user", "says", "system", "call", "result", "result")
                .list()
                .ofMinSize(1)
                .ofMaxSize(7);
    }

    private void refused(String message, ChatMessage... messages) {
        assertThat(model.refusal(request(messages)).orElseThrow())
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("history of the request to model");
        assertThatThrownBy(() -> model.answer(request(messages))).isInstanceOf(RejectedRequestException.class);
        assertThat(model.calls()).isZero();
    }

    private void taken(ChatMessage... messages) {
        assertThat(model.refusal(request(messages))).isEmpty();
    }

    private static Request request(ChatMessage... messages) {
        return Request.of(ChatRequest.builder().messages(messages).build());
    }

    private static ChatMessage calls(String... ids) {
        return AiMessage.from(IntStream.range(0, ids.length)
                .mapToObj(i -> ToolExecutionRequest.builder()
                        .id(ids[i])
                        .name("tool" + ids[i])
                        .arguments("{}")
                        .build())
                .toList());
    }

    @SuppressWarnings("NullAway") // an id may be missing
    private static ChatMessage result(@Nullable String id, String tool) {
        return ToolExecutionResultMessage.from(id, tool, "12:00");
    }
}
