package io.github.tandem4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.testkit.RecordingListener;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class LeafEndpointTest {

    private static final ModelProfile LOCAL = ModelProfile.local().build();

    private static ModelEndpoint leaf(Model model) {
        return ModelEndpoint.of("m", LOCAL, model);
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new AuthenticationException("bad key"), ConfigurationException.class),
                Arguments.of(new ModelNotFoundException("no such model"), ConfigurationException.class),
                Arguments.of(new InvalidRequestException("too long"), RejectedRequestException.class),
                Arguments.of(new RateLimitException("slow down"), TransientException.class),
                Arguments.of(new InternalServerException("oops"), TransientException.class),
                Arguments.of(new IOException("reset"), TransientException.class),
                Arguments.of(new RuntimeException(new IOException("reset")), TransientException.class),
                Arguments.of(new IllegalStateException("a bug"), ConfigurationException.class),
                Arguments.of(new EndpointClosedException("m is closed"), EndpointClosedException.class));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void tellsFailuresInTandemsTermsAndNamesTheEndpoint(Exception thrown, Class<? extends TandemException> type) {
        RecordingListener listener = new RecordingListener();
        Budget budget = Budget.ofTokens(1000);
        ScriptedEndpoint endpoint =
                ScriptedEndpoint.named("m").fails(() -> thrown).build();
        TandemException failure = catchThrowableOfType(
                TandemException.class,
                () -> endpoint.answer(Request.of("hi").within(budget).listener(listener)));
        assertThat(failure).isExactlyInstanceOf(type).hasMessageContaining("m");
        assertThat(failure.trace().orElseThrow().outcome()).isEqualTo(Trace.Outcome.FAILED);
        assertThat(listener.events()).containsExactly("start m", "error m");
        assertThat(budget.remainingTokens()).hasValue(1000);
    }

    @Test
    void anInterruptedChannelIsACancelledCall() {
        assertThatThrownBy(() -> leaf((chat, context, tokens) -> {
                            throw new ClosedByInterruptException();
                        })
                        .answer("hi"))
                .isInstanceOf(CallCancelledException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    @SuppressWarnings("NullAway") // a model that returns null is the point
    void namesAModelThatReturnsNull() {
        assertThatThrownBy(() -> leaf((chat, context, tokens) -> null).answer("hi"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("model of m returned null");
    }

    @Test
    void anExceptionThatIsThrownAgainTellsOfItsOwnCallAlone() {
        TransientException reused = new TransientException("busy", null);
        ScriptedEndpoint endpoint =
                ScriptedEndpoint.named("m").fails(() -> reused).build();
        reused.tracedAs(Trace.failed("another", "model", reused, Duration.ZERO));
        assertThatThrownBy(() -> endpoint.answer("hi")).isSameAs(reused);
        assertThat(reused.trace().orElseThrow().endpoint()).isEqualTo("m");
    }

    @Test
    void aTokenizerThatThrowsIsNamedAndAnAnswerThatIsThereIsStillCounted() {
        CountingOnce endpoint = new CountingOnce();
        Request limited = Request.of("hi").useAtMostTokens(1000);
        Reply reply = endpoint.answer(limited);
        assertThat(reply.cost().inputTokens()).as("estimated instead").isPositive();
        assertThatThrownBy(() -> endpoint.answer(limited))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("tokens of a prompt to m could not be counted")
                .hasMessageContaining("vocabulary");
        assertThat(endpoint.refusal(limited)).isPresent();
    }

    @Test
    void aSinkThatThrewFailsTheCallEvenIfTheClientSwallowsIt() {
        Budget budget = Budget.ofTokens(1000);
        PluginException failure = catchThrowableOfType(
                PluginException.class,
                () -> ScriptedEndpoint.named("m")
                        .plays((chat, context, tokens) -> {
                            try {
                                tokens.accept("one ");
                                throw new AssertionError("the sink did not throw");
                            } catch (RuntimeException e) {
                                return ScriptedAnswer.of("one two").using(3, 4).complete(chat, context, TokenSink.NONE);
                            }
                        })
                        .build()
                        .answer(Request.of("hi").within(budget), text -> {
                            throw new IllegalStateException("consumer is gone");
                        }));
        assertThat(failure).hasMessageContaining("token sink of the call of m threw");
        assertThat(failure.trace().orElseThrow().cost().tokens())
                .as("the model has answered, and bills it")
                .isEqualTo(7);
        assertThat(budget.remainingTokens()).hasValue(993);
    }

    @Test
    void aDeadlineThatAStrategyAroundSeesFirstIsTheDeadlineOfThisCallToo() {
        Instant start = Instant.parse("2026-01-01T00:00:00Z");
        AtomicReference<Instant> now = new AtomicReference<>(start);
        Request request = Request.of("hi").clock(clockOf(now)).deadline(Duration.ofSeconds(1));
        assertThatThrownBy(() -> ScriptedEndpoint.saying("m", "x").answer(request, text -> {
                    now.set(start.plusSeconds(2));
                    throw new DeadlineExceededException("deadline of the call of a cascade around was 00:00:01");
                }))
                .isInstanceOf(DeadlineExceededException.class)
                .hasMessageContaining("call of m ");
        now.set(start);
        assertThatThrownBy(() -> ScriptedEndpoint.saying("m", "x").answer(request, text -> {
                    throw new DeadlineExceededException("deadline of some other call");
                }))
                .as("while this call's own has not passed")
                .isInstanceOf(PluginException.class);
    }

    private static Clock clockOf(AtomicReference<Instant> now) {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return requireNonNull(now.get());
            }
        };
    }

    @Test
    void aSinkThatThrowsATandemExceptionIsStillTheSinksFault() {
        assertThatThrownBy(() -> ScriptedEndpoint.saying("m", "x").answer(Request.of("hi"), text -> {
                    throw new TransientException("downstream", null);
                }))
                .isInstanceOf(PluginException.class)
                .hasCauseInstanceOf(TransientException.class);
    }

    @Test
    void aModelThatSpeaksAfterItsCallIsNotHeard() throws Exception {
        CompletableFuture<TokenSink> kept = new CompletableFuture<>();
        RecordingSink sink = new RecordingSink();
        leaf((chat, context, tokens) -> {
                    kept.complete(tokens);
                    tokens.accept("hello");
                    return Completion.of("hello");
                })
                .answer(Request.of("hi"), sink);
        sink.close();
        CompletableFuture<Void> late =
                CompletableFuture.runAsync(() -> kept.join().accept("too late"));
        assertThatThrownBy(late::get).hasMessageContaining("has ended");
        assertThat(sink.text()).isEqualTo("hello");
        assertThat(sink.violations()).isEmpty();
    }

    @Test
    void aModelThatHeedsNoCancellationIsNotHeardAfterIt() {
        Cancellation cancellation = Cancellation.create();
        RecordingSink sink = new RecordingSink(piece -> cancellation.cancel("one word is enough"));
        CallCancelledException failure = catchThrowableOfType(
                CallCancelledException.class,
                () -> leaf((chat, context, tokens) -> {
                            for (String word : List.of("one ", "two ", "three")) {
                                try {
                                    tokens.accept(word);
                                } catch (CallCancelledException e) {
                                    // deaf to this too
                                }
                            }
                            return Completion.of("one two three");
                        })
                        .answer(Request.of("count").cancelledBy(cancellation), sink));
        assertThat(failure).hasMessageContaining("one word is enough");
        assertThat(sink.pieces()).containsExactly("one ");
        assertThat(failure.heard()).isEqualTo("one ");
    }

    @Test
    void anEndpointClosedInTheMiddleOfACallFailsByName() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        ScriptedEndpoint endpoint = ScriptedEndpoint.named("m")
                .plays((chat, context, tokens) -> {
                    closed.await();
                    throw new EndpointClosedException("endpoint m was closed in the middle of a call");
                })
                .build();
        Budget budget = Budget.ofTokens(1000);
        CompletableFuture<Reply> call = endpoint.answerAsync(Request.of("hi").within(budget));
        endpoint.awaitCall();
        closed.countDown();
        assertThatThrownBy(call::get).hasCauseInstanceOf(EndpointClosedException.class);
        assertThat(budget.remainingTokens()).hasValue(1000);
    }

    @Test
    void estimatesWhatAModelDoesNotReportToolCallsIncluded() {
        ChatResponse calling = ChatResponse.builder()
                .aiMessage(AiMessage.from(ToolExecutionRequest.builder()
                        .id("1")
                        .name("weather")
                        .arguments("{\"city\": \"Paris\"}")
                        .build()))
                .build();
        Cost cost = leaf((chat, context, tokens) -> Completion.of(calling))
                .answer("hi")
                .cost();
        assertThat(cost.inputTokens()).isPositive();
        assertThat(cost.outputTokens()).isPositive();
    }

    @Test
    void seesImagesInToolResults() {
        ChatRequest shown = ChatRequest.builder()
                .messages(
                        UserMessage.from("What do you see?"),
                        AiMessage.from(ToolExecutionRequest.builder()
                                .id("1")
                                .name("camera")
                                .arguments("{}")
                                .build()),
                        ToolExecutionResultMessage.builder()
                                .id("1")
                                .toolName("camera")
                                .contents(TextContent.from("a picture"), ImageContent.from("AAAA", "image/png"))
                                .build())
                .build();
        assertThatThrownBy(() -> ScriptedEndpoint.saying("m", "x").answer(Request.of(shown)))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("IMAGES");
        assertThat(TokenCount.estimate(shown).atMost()).isGreaterThan(4096);
    }

    @Test
    void namesTheWindowThatOverflows() {
        ScriptedEndpoint narrow = ScriptedEndpoint.named("narrow")
                .profile(ModelProfile.local().contextWindow(50).build())
                .countsPromptsAs(TokenCount.exactly(40))
                .says("x")
                .build();
        ChatRequest tooMuch = ChatRequest.builder()
                .messages(
                        UserMessage.from("hi there, how is everybody doing today, and what is it that you would like?"))
                .maxOutputTokens(11)
                .build();
        assertThatThrownBy(() -> narrow.answer(Request.of(tooMuch)))
                .isInstanceOf(WindowExceededException.class)
                .hasMessage("prompt of 40 tokens and a completion of up to 11 exceed the window of narrow, which is 50"
                        + " tokens");
        assertThat(narrow.answer(Request.of(
                                tooMuch.toBuilder().maxOutputTokens(10).build()))
                        .text())
                .isEqualTo("x");
    }

    @Test
    void wrapsALangChain4jModel() {
        ChatModel model = new ChatModel() {
            @Override
            public ChatResponse doChat(ChatRequest request) {
                return ChatResponse.builder()
                        .aiMessage(AiMessage.from("wrapped"))
                        .build();
            }
        };
        RecordingSink sink = new RecordingSink();
        assertThat(ModelEndpoint.of("m", LOCAL, model)
                        .answer(Request.of("hi"), sink)
                        .text())
                .isEqualTo("wrapped")
                .isEqualTo(sink.text());
    }

    @Test
    void namesABlankIdAndABlankPrompt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScriptedEndpoint.saying(" ", "x"))
                .withMessageContaining("id is blank");
        assertThatThrownBy(() -> Request.of(" \n"))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("prompt is blank");
    }

    @Test
    void takesAnEnormousPromptWhereNoWindowIsKnownAndRefusesItWhereABudgetIs() {
        Request enormous = Request.of("x".repeat(20_000_000));
        assertThat(ScriptedEndpoint.saying("m", "ok").answer(enormous).text()).isEqualTo("ok");
        assertThatThrownBy(() -> ScriptedEndpoint.saying("m", "ok").answer(enormous.useAtMostTokens(1000)))
                .isInstanceOf(BudgetExceededException.class)
                .message()
                .contains("20000016")
                .hasSizeLessThan(300);
        assertThat(enormous.toString()).hasSizeLessThan(300);
    }

    /** Its tokenizer works once. */
    private static final class CountingOnce extends LeafEndpoint {

        private int counted;

        CountingOnce() {
            super("m", LOCAL);
        }

        @Override
        protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
            return Completion.of("hello");
        }

        @Override
        protected TokenCount countTokens(ChatRequest chat) {
            if (++counted > 1) {
                throw new IllegalStateException("vocabulary is broken");
            }
            return TokenCount.exactly(3);
        }
    }

    /** A model that is told what its call cost, and takes no questions about the weather. */
    private static LeafEndpoint told(String billed) {
        return new LeafEndpoint("m", LOCAL) {
            @Override
            protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
                return Completion.of("sure");
            }

            @Override
            protected Optional<TandemException> refusalByModel(Request request) {
                return request.chat().messages().toString().contains("weather")
                        ? Optional.of(new RejectedRequestException("m knows no weather"))
                        : Optional.empty();
            }

            @Override
            protected EndpointCost costOf(Completion completion, EndpointCost measured) {
                return new EndpointCost(billed, 1, 0, Usd.of("0.5"), measured.inputTokens(), 7, Duration.ofSeconds(3));
            }
        };
    }

    @Test
    void costsWhatItIsToldThatTheCallCost() {
        Budget budget = Budget.ofUsd("1");
        Reply reply = told("m").answer(Request.of("hi").within(budget));

        assertThat(reply.cost().usd()).isEqualTo(Usd.of("0.5"));
        assertThat(reply.cost().outputTokens()).isEqualTo(7);
        assertThat(reply.trace().duration()).isEqualTo(Duration.ofSeconds(3));
        assertThat(budget.remaining()).contains(Usd.of("0.5"));
    }

    @Test
    void refusesTheCostOfAnother() {
        assertThatThrownBy(() -> told("n").answer("hi"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("one of n");
    }

    @Test
    void refusesBeforehandWhatTheModelCannotTake() {
        LeafEndpoint endpoint = told("m");
        Request request = Request.of("weather?");

        assertThat(endpoint.refusal(request)).get().isInstanceOf(RejectedRequestException.class);
        assertThatThrownBy(() -> endpoint.answer(request)).hasMessage("m knows no weather");
    }
}
