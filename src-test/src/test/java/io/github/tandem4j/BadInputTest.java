package io.github.tandem4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Named.named;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.TextSignal;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.fusion.Fusion;
import io.github.tandem4j.pipeline.Handoffs;
import io.github.tandem4j.pipeline.Pipeline;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.routing.ToolExchange;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Input that makes no sense, or that means harm: what is said of it, and that it is said in no time. */
@Timeout(60)
class BadInputTest {

    private static final int HUGE = 5_000_000;

    /** More than any stack has frames for, and than can be read in time if every step looks at all of it. */
    private static final int DEEP = 1_500_000;

    private final ScriptedEndpoint model = ScriptedEndpoint.named("model")
            .profile(ModelProfile.local()
                    .can(ModelCapability.TOOLS, ModelCapability.IMAGES)
                    .contextWindow(4096)
                    .build())
            .says("fine")
            .build();
    private final ScriptedEndpoint remote = remote("remote");
    private final ScriptedEndpoint elsewhere = remote("elsewhere");

    private static ScriptedEndpoint remote(String id) {
        return ScriptedEndpoint.named(id)
                .profile(ModelProfile.remote()
                        .price(Price.perMillionTokens("1", "1"))
                        .maxOutputTokens(100)
                        .build())
                .says("told")
                .build();
    }

    private Stream<ModelEndpoint> strategiesOfRemoteEndpoints() {
        return Stream.of(
                Routing.among(remote, elsewhere)
                        .by((request, candidates) -> Choice.of(candidates.get(0), "the first"))
                        .build(),
                Cascade.startingWith(remote)
                        .keepWhen((request, reply) -> Verdict.keep("always"))
                        .deferTo(elsewhere)
                        .build(),
                Pipeline.startingWith("draft", remote)
                        .then("refine", elsewhere, Handoffs.refine())
                        .build(),
                Fusion.of(remote, elsewhere).build());
    }

    @Test
    void aLocalRequestToRemoteEndpointsAloneIsRefusedByNameAndLabel() {
        Request local = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        assertThat(strategiesOfRemoteEndpoints()).allSatisfy(strategy -> {
            assertThatThrownBy(() -> strategy.answer(local))
                    .isInstanceOf(PrivacyException.class)
                    .hasMessageContainingAll("LOCAL_ONLY", "remote is remote");
            assertThat(strategy.refusal(local)).containsInstanceOf(PrivacyException.class);
        });
        assertThat(remote.calls() + elsewhere.calls()).isZero();
    }

    @Test
    void aBudgetBelowTheCheapestCallIsRefusedByWhatIsNeededAndLeft() {
        Budget budget = Budget.ofTokens(30);
        assertThat(strategiesOfRemoteEndpoints())
                .allSatisfy(strategy -> assertThatThrownBy(
                                () -> strategy.answer(Request.of("?").within(budget)))
                        .isInstanceOf(BudgetExceededException.class)
                        .hasMessageContainingAll("remote", "needs", "left"));
        assertThat(budget.remainingTokens()).hasValue(30);
    }

    @Test
    void aCallThatIsOverReservesNothingOfASharedBudget() {
        Budget budget = Budget.ofTokens(1_000_000);
        Request late = Request.of("?").within(budget).deadline(Instant.EPOCH);
        assertThat(strategiesOfRemoteEndpoints())
                .allSatisfy(strategy -> assertThatThrownBy(() -> strategy.answer(late))
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageContainingAll("deadline", "1970-01-01T00:00:00Z", strategy.id()));
        assertThat(budget.remainingTokens()).hasValue(1_000_000);
        assertThat(remote.calls() + elsewhere.calls()).isZero();
    }

    @Test
    void aLongestCompletionOfNothingOrBeyondTheWindowIsRefusedByItsNumber() {
        refused(RejectedRequestException.class, longest(0), "0 tokens; valid is 1 or more");
        refused(RejectedRequestException.class, longest(-1), "-1 tokens; valid is 1 or more");
        refused(WindowExceededException.class, longest(4096), "completion of up to 4096", "4096 tokens");
        refused(WindowExceededException.class, longest(Integer.MAX_VALUE), "2147483647", "4096 tokens");
    }

    private static ChatRequest longest(int tokens) {
        return ChatRequest.builder()
                .messages(UserMessage.from("?"))
                .maxOutputTokens(tokens)
                .build();
    }

    @Test
    void nullsAmongMessagesContentsCallsAndToolsAreRefusedByTheirPlace() {
        UserMessage user = UserMessage.from("?");
        refused(RejectedRequestException.class, chat(user, nothing()), "message 2 of 2 is null");
        refused(
                RejectedRequestException.class,
                chat(UserMessage.from(Arrays.asList(TextContent.from("?"), nothing()))),
                "message 1 of 1 has content that is null");
        refused(
                RejectedRequestException.class,
                chat(user, AiMessage.from(Collections.<ToolExecutionRequest>singletonList(nothing()))),
                "message 2 of 2 calls a tool without a name");
        refused(
                RejectedRequestException.class,
                chat(user, AiMessage.from(ToolExecutionRequest.builder().id("1").build())),
                "message 2 of 2 calls a tool without a name");
        refused(
                RejectedRequestException.class,
                offering(ToolSpecification.builder().name("clock").build(), nothing()),
                "tool 2 of 2",
                "has no name");
        refused(
                RejectedRequestException.class,
                offering(ToolSpecification.builder()
                        .description("Tells the time.")
                        .build()),
                "tool 1 of 1",
                "has no name");
    }

    /** Some providers take it and some do not, so it is for them to say. */
    @Test
    void aBlankUserMessagePassesThrough() {
        assertThat(model.answer(Request.of(chat(UserMessage.from(" ")))).text()).isEqualTo("fine");
    }

    @Test
    void aUserMessageOfFiveMegabytesIsRefusedByItsSizeAndNotRepeated() {
        ChatRequest enormous = chat(UserMessage.from("x".repeat(HUGE)));
        refused(WindowExceededException.class, enormous, "1250004 tokens", "4096 tokens");
        Request open = Request.of(enormous);
        assertThatThrownBy(() -> remote.answer(open.useAtMostTokens(100)))
                .isInstanceOf(BudgetExceededException.class)
                .message()
                .contains("5000016")
                .hasSizeLessThan(300);
        assertThat(remote.answer(open).text()).isEqualTo("told");
    }

    static Stream<Named<String>> hostileJson() {
        return Stream.of(
                named("arrays in arrays", "[".repeat(DEEP) + "]".repeat(DEEP)),
                named("opening braces", "{".repeat(2 * DEEP)),
                named("objects in objects", "{\"a\":".repeat(DEEP / 5)),
                named("elements and arrays", "[0,".repeat(DEEP / 3)),
                named("quotes", "\"".repeat(2 * DEEP)),
                named("a long number", "9".repeat(DEEP)),
                named("one field many times", "{\"city\":1" + ",\"city\":1".repeat(DEEP / 10) + "}"));
    }

    @ParameterizedTest
    @MethodSource("hostileJson")
    void hostileArgumentsAndAnswersAreReadInNoTimeAndOnLittleStack(String json) {
        ToolSpecification weather = ToolSpecification.builder()
                .name("weather")
                .parameters(JsonObjectSchema.builder().addStringProperty("city").build())
                .build();
        AiMessage call = AiMessage.from(ToolExecutionRequest.builder()
                .id("1")
                .name("weather")
                .arguments(json)
                .build());
        Reply calling = saying(call);
        assertThat(TextSignal.BROKEN_TOOL_CALL.isIn(Request.of(offering(weather)), calling))
                .isTrue();
        assertThat(Ballot.of(calling)).isEqualTo(Ballot.of(saying(call)));
        assertThat(new ToolExchange(call).fingerprint()).hasSize(16);

        Request anyJson = Request.of(ChatRequest.builder()
                .messages(UserMessage.from("?"))
                .responseFormat(ResponseFormat.JSON)
                .build());
        Reply text = saying(AiMessage.from(json));
        assertThat(TextSignal.BROKEN_JSON.isIn(anyJson, text)).isEqualTo(!json.startsWith("{\"city"));
        assertThat(Ballot.of(text)).isPresent();
    }

    @Test
    void halfCharactersInPromptsAndAnswersPassThrough() {
        String halves = "a\ud800b\udc00c";
        ScriptedEndpoint echo = ScriptedEndpoint.saying("echo", halves);
        RecordingSink sink = new RecordingSink();
        Reply reply = echo.answer(Request.of(halves).useAtMostTokens(500), sink);
        assertThat(reply.text()).isEqualTo(halves).isEqualTo(sink.text());
        assertThat(Ballot.of(reply)).isEqualTo(Ballot.of(echo.answer("?")));
        assertThat(TokenCount.estimate(halves).atMost()).isGreaterThanOrEqualTo(5);
        assertThat(reply.toString()).contains(halves);
    }

    private void refused(Class<? extends TandemException> type, ChatRequest chat, String... said) {
        Request request = Request.of(chat);
        assertThat(model.refusal(request)).containsInstanceOf(type);
        assertThatThrownBy(() -> model.answer(request))
                .isInstanceOf(type)
                .hasMessageContaining("model")
                .hasMessageContainingAll(said)
                .message()
                .hasSizeLessThan(300);
        assertThat(model.calls()).isZero();
    }

    private static Reply saying(AiMessage message) {
        return ModelEndpoint.of(
                        "m",
                        ModelProfile.local().build(),
                        (chat, context, tokens) -> Completion.of(
                                ChatResponse.builder().aiMessage(message).build()))
                .answer("?");
    }

    private static ChatRequest chat(ChatMessage... messages) {
        return ChatRequest.builder().messages(Arrays.asList(messages)).build();
    }

    private static ChatRequest offering(ToolSpecification... tools) {
        return ChatRequest.builder()
                .messages(List.of(UserMessage.from("?")))
                .toolSpecifications(Arrays.asList(tools))
                .build();
    }

    /** The null that a careless caller passes. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // the point of it
    private static <T> T nothing() {
        return null;
    }
}
