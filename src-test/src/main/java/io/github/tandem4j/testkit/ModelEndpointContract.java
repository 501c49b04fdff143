package io.github.tandem4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.PdfFileContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import io.github.tandem4j.Budget;
import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallListener;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.Cost;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.Decision;
import io.github.tandem4j.EndpointCost;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Trace;
import io.github.tandem4j.Usd;
import io.github.tandem4j.WindowExceededException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link ModelEndpoint} promises, model and strategy alike. Extend it in your own tests and hand it your
 * endpoint:
 *
 * <pre>{@code
 * class MyEndpointTest extends ModelEndpointContract {
 *     private static final ModelEndpoint ENDPOINT = MyEndpoint.open(...);
 *
 *     @Override
 *     protected ModelEndpoint endpoint() {
 *         return ENDPOINT;
 *     }
 * }
 * }</pre>
 *
 * <p>The kit calls the endpoint some forty times with {@link #request()}, from several threads, and never closes it. What
 * needs an answer that takes long is skipped unless {@link #longRequest()} gives one.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
public abstract class ModelEndpointContract extends ChatModelContract {

    private static final long PLENTY_OF_TOKENS = 1_000_000_000;
    private static final String PLENTY_OF_MONEY = "1000000";

    /** For subclasses. */
    protected ModelEndpointContract() {}

    /** {@return a request whose answer takes two seconds or more; by default none, and what needs one is skipped} */
    protected Optional<Request> longRequest() {
        return Optional.empty();
    }

    /** {@return how many threads ask at once; by default 4} */
    protected int threads() {
        return 4;
    }

    // --- who it is

    @Test
    void hasAStableIdAndProfile() {
        ModelEndpoint endpoint = endpoint();
        assertThat(endpoint.id()).isNotBlank().isEqualTo(endpoint.id());
        assertThat(endpoint.profile()).isNotNull();
        assertThat(endpoint.profile().provider()).isNotBlank();
        assertThat(endpoint.profile().toString()).isEqualTo(endpoint.profile().toString());
    }

    @Test
    void refusesNulls() {
        ModelEndpoint endpoint = endpoint();
        Request nothing = Nulls.of(Request.class);
        TokenSink nobody = Nulls.of(TokenSink.class);
        assertThatNullPointerException().isThrownBy(() -> endpoint.answer(nothing, TokenSink.NONE));
        assertThatNullPointerException().isThrownBy(() -> endpoint.answer(request(), nobody));
        assertThatNullPointerException().isThrownBy(() -> endpoint.answerAsync(nothing));
        assertThatNullPointerException().isThrownBy(() -> endpoint.answerAsync(request(), nobody));
    }

    // --- how it answers

    @Test
    void answersWithTextCostAndTrace() {
        ModelEndpoint endpoint = endpoint();
        assertThat(endpoint.refusal(request())).isEmpty();
        Reply reply = endpoint.answer(request());
        assertThat(reply.text()).isNotBlank();
        assertThat(reply.author()).isNotBlank();
        Trace root = reply.trace();
        assertThat(root.endpoint()).isEqualTo(endpoint.id());
        assertThat(root.outcome()).isEqualTo(Trace.Outcome.ANSWERED);
        assertThat(root.failure()).isNull();
        assertThat(root.cost()).isEqualTo(reply.cost());
        assertThat(reply.cost().calls()).isPositive();
        assertThat(reply.cost().tokens()).isPositive();
        assertThat(root.nodes().map(Trace::endpoint)).contains(reply.author());
    }

    @Test
    void costIsTheSumOfTheLeaves() {
        Reply reply = endpoint().answer(request());
        assertThat(byEndpoint(reply.cost())).isEqualTo(byEndpoint(costOfLeaves(reply.trace())));
    }

    @Test
    void traceHoldsNoPrompt() {
        String marker = "zyx-4711-quartz";
        List<dev.langchain4j.data.message.ChatMessage> messages =
                new ArrayList<>(request().chat().messages());
        messages.add(0, UserMessage.from("My name is " + marker + "."));
        Request named = request()
                .chat(ChatRequest.builder()
                        .messages(messages)
                        .parameters(request().chat().parameters())
                        .build());
        Reply reply = endpoint().answer(named);
        assertThat(reply.trace().toString()).doesNotContain(marker);
        assertThat(named.toString()).doesNotContain(marker);
    }

    @Test
    void blockingStreamingAndAsynchronousCallsAgree() throws Exception {
        ModelEndpoint endpoint = endpoint();
        RecordingSink sink = new RecordingSink();
        RecordingSink asynchronousSink = new RecordingSink();

        Reply blocking = endpoint.answer(request());
        Reply streamed = endpoint.answer(request(), sink);
        sink.close();
        Reply asynchronous = endpoint.answerAsync(request()).get();
        Reply both = endpoint.answerAsync(request(), asynchronousSink).get();
        asynchronousSink.close();

        assertThat(sink.text()).isEqualTo(streamed.text());
        assertThat(asynchronousSink.text()).isEqualTo(both.text());
        for (Reply other : List.of(streamed, asynchronous, both)) {
            if (isDeterministic()) {
                assertThat(other.text()).isEqualTo(blocking.text());
                assertThat(other.author()).isEqualTo(blocking.author());
                assertThat(other.confidence().kind())
                        .isEqualTo(blocking.confidence().kind());
                assertThat(shape(other.trace())).isEqualTo(shape(blocking.trace()));
                assertThat(moneyAndTokens(other.cost())).isEqualTo(moneyAndTokens(blocking.cost()));
            }
        }
        assertThat(sink.violations()).isEmpty();
        assertThat(asynchronousSink.violations()).isEmpty();
    }

    @Test
    void answersManyThreadsAtOnce() throws Exception {
        ModelEndpoint endpoint = endpoint();
        // An endpoint that does not know its longest completion would reserve all that is left, one call at a time.
        Request bounded = with(ChatRequest.builder()
                .messages(request().chat().messages())
                .parameters(request()
                        .chat()
                        .parameters()
                        .overrideWith(ChatRequestParameters.builder()
                                .maxOutputTokens(64)
                                .build()))
                .build());
        Reply alone = endpoint.answer(bounded);
        Budget budget = Budget.ofTokens(PLENTY_OF_TOKENS);
        CyclicBarrier together = new CyclicBarrier(threads());
        List<CompletableFuture<Reply>> futures = IntStream.range(0, threads())
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> {
                            await(together);
                            return endpoint.answer(bounded.within(budget));
                        },
                        task -> new Thread(task, "contract-" + i).start()))
                .toList();
        long tokens = 0;
        for (CompletableFuture<Reply> future : futures) {
            Reply reply = future.get();
            tokens += reply.cost().tokens();
            if (isDeterministic()) {
                assertThat(reply.text()).isEqualTo(alone.text());
            }
        }
        assertThat(budget.remainingTokens()).hasValue(PLENTY_OF_TOKENS - tokens);
    }

    // --- deadline and cancellation

    @Test
    void refusesADeadlineInThePastBeforeAnyCall() {
        assertRefused(request().deadline(Duration.ZERO), DeadlineExceededException.class);
        assertRefused(request().deadline(Instant.EPOCH), DeadlineExceededException.class);
        assertRefused(request().deadline(Instant.MIN), DeadlineExceededException.class);
    }

    @Test
    void takesADeadlineFarAway() {
        assertThat(endpoint().answer(request().deadline(Instant.MAX)).text()).isNotBlank();
        assertThat(endpoint()
                        .answer(request().deadline(Duration.ofSeconds(Long.MAX_VALUE)))
                        .text())
                .isNotBlank();
        assertThat(endpoint().answer(request().deadline(Duration.ofHours(1))).text())
                .isNotBlank();
    }

    @Test
    void deadlineEndsARunningCall() {
        Request slow = slowRequest();
        Budget budget = Budget.ofTokens(PLENTY_OF_TOKENS);
        RecordingSink sink = new RecordingSink();
        ModelEndpoint endpoint = endpoint();
        TandemException failure = catchThrowableOfType(
                TandemException.class,
                () -> endpoint.answer(slow.within(budget).deadline(Duration.ofMillis(300)), sink));
        sink.close();
        assertThat(failure).isInstanceOf(DeadlineExceededException.class).hasMessageContaining("deadline");
        assertThat(Thread.currentThread().isInterrupted())
                .as("interrupt left on the caller's thread")
                .isFalse();
        assertSettled(budget, failure);
        assertThat(sink.violations()).isEmpty();
        assertThat(endpoint.answer(request()).text())
                .as("answer after a call that was cut off")
                .isNotBlank();
        assertThat(sink.violations()).isEmpty();
    }

    @Test
    void refusesACancelledCallBeforeAnyCall() {
        Cancellation cancellation = Cancellation.create();
        cancellation.cancel();
        assertRefused(request().cancelledBy(cancellation), CallCancelledException.class);
    }

    @Test
    void cancellationEndsARunningCall() throws Exception {
        Request slow = slowRequest();
        Budget budget = Budget.ofTokens(PLENTY_OF_TOKENS);
        Cancellation cancellation = Cancellation.create();
        RecordingSink sink = new RecordingSink();
        ModelEndpoint endpoint = endpoint();
        CompletableFuture<Reply> call = endpoint.answerAsync(slow.within(budget).cancelledBy(cancellation), sink);
        awaitRunning(sink);
        cancellation.cancel();
        ExecutionException failure = catchThrowableOfType(ExecutionException.class, call::get);
        sink.close();
        if (!(failure.getCause() instanceof CallCancelledException cancelled)) {
            throw new AssertionError("a cancelled call ended with", failure.getCause());
        }
        assertSettled(budget, cancelled);
        assertThat(endpoint.answer(request()).text()).isNotBlank();
        assertThat(sink.violations()).isEmpty();
    }

    @Test
    void cancellingTheFutureEndsTheCall() throws Exception {
        Request slow = slowRequest();
        RecordingSink sink = new RecordingSink();
        Ended ended = new Ended(endpoint().id());
        CompletableFuture<Reply> call = endpoint().answerAsync(slow.listener(ended), sink);
        awaitRunning(sink);
        call.cancel(true);
        assertThat(call).isCancelled();
        assertThat(ended.failure.get()).isInstanceOf(CallCancelledException.class);
    }

    // --- budgets

    @Test
    void refusesATokenBudgetOfZeroBeforeAnyCall() {
        assertRefused(request().useAtMostTokens(0), BudgetExceededException.class);
    }

    @Test
    void spendsNoneOfAMoneyBudgetOfZero() {
        Budget nothing = Budget.ofUsd(Usd.ZERO);
        Request request = request().within(nothing);
        Optional<TandemException> refusal = endpoint().refusal(request);
        if (refusal.isPresent()) {
            assertRefused(request, refusal.get().getClass().asSubclass(TandemException.class));
        } else {
            assertThat(endpoint().answer(request).cost().usd()).isEqualTo(Usd.ZERO);
        }
        assertThat(nothing.spent()).isEqualTo(Usd.ZERO);
        assertThat(nothing.remaining()).contains(Usd.ZERO);
    }

    @Test
    void takesFromTheBudgetsWhatTheReplySays() {
        Budget tokens = Budget.ofTokens(PLENTY_OF_TOKENS);
        Reply reply = endpoint().answer(request().within(tokens));
        assertThat(tokens.remainingTokens())
                .hasValue(PLENTY_OF_TOKENS - reply.cost().tokens());

        Budget money = Budget.ofUsd(PLENTY_OF_MONEY);
        Optional<TandemException> refusal = endpoint().refusal(request().within(money));
        if (refusal.isEmpty()) {
            Reply paid = endpoint().answer(request().within(money));
            assertThat(paid.cost().unpricedCalls()).isZero();
            assertThat(money.spent()).isEqualTo(paid.cost().usd());
            assertThat(money.remaining())
                    .contains(Usd.of(PLENTY_OF_MONEY).minus(paid.cost().usd()));
        } else {
            assertRefused(request().within(money), refusal.get().getClass().asSubclass(TandemException.class));
        }
    }

    @Test
    void neverOverspendsATightBudget() {
        ModelEndpoint endpoint = endpoint();
        long used = endpoint.answer(request()).cost().tokens();
        for (long limit : new long[] {1, used / 2, used, used + 40}) {
            Budget budget = Budget.ofTokens(limit);
            Request request = request().within(budget);
            Optional<TandemException> refusal = endpoint.refusal(request);
            Cost cost;
            try {
                cost = endpoint.answer(request).cost();
                assertThat(refusal).as("refusal of what was answered").isEmpty();
            } catch (TandemException e) {
                cost = e.trace().map(Trace::cost).orElse(Cost.NONE);
            }
            assertThat(cost.tokens()).isLessThanOrEqualTo(limit);
            assertThat(budget.remainingTokens()).hasValue(limit - cost.tokens());
        }
    }

    // --- privacy, capabilities, window

    @Test
    void keepsALocalRequestFromTravelling() {
        Request local = request().label(PrivacyLabel.LOCAL_ONLY);
        if (endpoint().refusal(local).isPresent()) {
            assertRefused(local, PrivacyException.class);
        } else {
            Reply reply = endpoint().answer(local);
            assertThat(reply.text()).isNotBlank();
        }
        if (!endpoint().profile().isRemote()) {
            assertThat(endpoint().refusal(local))
                    .as("refusal of a local request by a local endpoint")
                    .isEmpty();
        }
    }

    @Test
    void refusesToolsThatItCannotUse() {
        assumeCannot(ModelCapability.TOOLS);
        assertRefused(
                with(ChatRequest.builder()
                        .messages(request().chat().messages())
                        .toolSpecifications(ToolSpecification.builder()
                                .name("clock")
                                .description("Tells the time.")
                                .build())
                        .build()),
                RejectedRequestException.class);
    }

    @Test
    void refusesASchemaThatItCannotKeepTo() {
        assumeCannot(ModelCapability.JSON_SCHEMA);
        assertRefused(
                with(ChatRequest.builder()
                        .messages(request().chat().messages())
                        .responseFormat(ResponseFormat.builder()
                                .type(ResponseFormatType.JSON)
                                .jsonSchema(JsonSchema.builder()
                                        .name("answer")
                                        .rootElement(JsonObjectSchema.builder()
                                                .addStringProperty("answer")
                                                .required("answer")
                                                .build())
                                        .build())
                                .build())
                        .build()),
                RejectedRequestException.class);
    }

    @Test
    void refusesImagesThatItCannotSee() {
        assumeCannot(ModelCapability.IMAGES);
        assertRefused(showing(ImageContent.from("AAAA", "image/png")), RejectedRequestException.class);
    }

    @Test
    void refusesDocumentsThatItCannotRead() {
        assumeCannot(ModelCapability.DOCUMENTS);
        assertRefused(showing(PdfFileContent.from("AAAA", "application/pdf")), RejectedRequestException.class);
    }

    @Test
    void refusesAPromptBeyondItsWindow() {
        int window = endpoint().profile().contextWindow().orElse(0);
        assumeTrue(window > 0, "the endpoint's window is not known");
        Request enormous = Request.of("tandem ".repeat(window + 1));
        assertRefused(enormous, WindowExceededException.class);
    }

    // --- listeners and sinks

    @Test
    void tellsListenersOfEachStartAndEndOnce() {
        RecordingListener listener = new RecordingListener();
        ModelEndpoint endpoint = endpoint();
        Reply reply = endpoint.answer(request().listener(listener));
        assertThat(listener.events()).first().isEqualTo("start " + endpoint.id());
        assertThat(listener.events()).last().isEqualTo("reply " + endpoint.id());
        reply.trace()
                .nodes()
                .filter(node -> node.outcome() != Trace.Outcome.PASSED_OVER)
                .map(Trace::endpoint)
                .distinct()
                .forEach(id -> assertThat(listener.count("reply " + id) + listener.count("error " + id))
                        .as("ends of " + id)
                        .isEqualTo(listener.count("start " + id))
                        .isPositive());
        assertThat(listener.count("start " + endpoint.id())).isOne();
    }

    @Test
    void tellsListenersOfARefusal() {
        RecordingListener listener = new RecordingListener();
        ModelEndpoint endpoint = endpoint();
        assertThatThrownBy(() -> endpoint.answer(request().listener(listener).deadline(Instant.EPOCH)))
                .isInstanceOf(DeadlineExceededException.class);
        assertThat(listener.events()).containsExactly("start " + endpoint.id(), "error " + endpoint.id());
    }

    @Test
    void goesOnWhenAListenerThrows() {
        RecordingListener second = new RecordingListener();
        Reply reply = endpoint().answer(request().listener(new Thrower()).listener(second));
        assertThat(reply.text()).isNotBlank();
        assertThat(second.events())
                .contains("start " + endpoint().id(), "reply " + endpoint().id());
    }

    @Test
    void aSinkThatThrowsFailsTheCallAndLeavesTheBudgetSettled() {
        Budget budget = Budget.ofTokens(PLENTY_OF_TOKENS);
        ModelEndpoint endpoint = endpoint();
        PluginException failure = catchThrowableOfType(
                PluginException.class,
                () -> endpoint.answer(request().within(budget), text -> {
                    throw new IllegalStateException("the consumer is gone");
                }));
        assertThat(failure).as("failure of a call whose sink throws").isNotNull();
        assertThat(failure).hasMessageContaining("sink").hasMessageContaining("the consumer is gone");
        assertSettled(budget, failure);
        assertThat(endpoint.answer(request()).text()).isNotBlank();
    }

    // --- tools of the kit

    /** Refused beforehand and when asked, alike, in every way of asking, at no cost, and with a message. */
    private void assertRefused(Request request, Class<? extends TandemException> type) {
        ModelEndpoint endpoint = endpoint();
        RecordingSink sink = new RecordingSink();
        assertThat(endpoint.refusal(request))
                .hasValueSatisfying(refusal ->
                        assertThat(refusal).isInstanceOf(type).message().isNotBlank());
        TandemException blocking = catchThrowableOfType(TandemException.class, () -> endpoint.answer(request));
        TandemException streaming = catchThrowableOfType(TandemException.class, () -> endpoint.answer(request, sink));
        ExecutionException asynchronous = catchThrowableOfType(
                ExecutionException.class, () -> endpoint.answerAsync(request).get());
        assertThat(blocking).isInstanceOf(type);
        assertThat(streaming).isInstanceOf(type);
        assertThat(asynchronous).hasCauseInstanceOf(type);
        assertThat(sink.pieces()).isEmpty();
        assertThat(blocking.trace().map(Trace::cost).orElse(Cost.NONE).byEndpoint())
                .isEmpty();
    }

    private static void assertSettled(Budget budget, TandemException failure) {
        long spent = failure.trace().map(Trace::cost).orElse(Cost.NONE).tokens();
        assertThat(budget.remainingTokens())
                .as("tokens left after a failed call")
                .hasValue(PLENTY_OF_TOKENS - spent);
    }

    private Request slowRequest() {
        Optional<Request> slow = longRequest();
        assumeTrue(slow.isPresent(), "no request is given whose answer takes long");
        return slow.get();
    }

    /** Until the first piece is heard, or long enough for a model that is not heard to be at work. */
    private static void awaitRunning(RecordingSink sink) throws InterruptedException {
        boolean heard = sink.first().await(300, TimeUnit.MILLISECONDS);
        assertThat(heard || sink.pieces().isEmpty()).isTrue();
    }

    private void assumeCannot(ModelCapability capability) {
        assumeTrue(!endpoint().profile().can(capability), "the endpoint can do " + capability);
    }

    private Request with(ChatRequest chat) {
        return request().chat(chat);
    }

    private Request showing(Content content) {
        return with(ChatRequest.builder()
                .messages(UserMessage.from(TextContent.from("What is this?"), content))
                .build());
    }

    private static Cost costOfLeaves(Trace trace) {
        return Cost.sum(trace.nodes()
                .filter(node -> node.children().isEmpty())
                .map(Trace::cost)
                .toList());
    }

    private static Map<String, EndpointCost> byEndpoint(Cost cost) {
        Map<String, EndpointCost> map = new TreeMap<>();
        cost.byEndpoint().forEach(entry -> map.put(entry.endpoint(), entry));
        return map;
    }

    private static List<String> moneyAndTokens(Cost cost) {
        return cost.byEndpoint().stream()
                .map(entry ->
                        entry.endpoint() + " " + entry.calls() + " calls, " + entry.unpricedCalls() + " unpriced, "
                                + entry.usd() + ", " + entry.inputTokens() + " + " + entry.outputTokens() + " tokens")
                .toList();
    }

    /** Who was asked, in which role and with what outcome; not how long it took. */
    private static String shape(Trace trace) {
        return trace.role() + ":" + trace.endpoint() + "(" + trace.kind() + ") " + trace.outcome()
                + trace.decisions().stream().map(Decision::what).toList()
                + trace.children().stream().map(ModelEndpointContract::shape).toList();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(1, TimeUnit.MINUTES);
        } catch (Exception e) {
            throw new IllegalStateException("the threads of the test did not meet", e);
        }
    }

    /** Waits for the end of an endpoint's call. */
    private static final class Ended implements CallListener {

        private final String endpoint;
        private final CompletableFuture<TandemException> failure = new CompletableFuture<>();

        Ended(String endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        public void onError(String id, TandemException reason) {
            if (id.equals(endpoint)) {
                failure.complete(reason);
            }
        }

        @Override
        public void onReply(String id, Reply reply) {
            if (id.equals(endpoint)) {
                failure.completeExceptionally(new AssertionError("the cancelled call answered: " + reply));
            }
        }
    }

    /** A listener that throws whatever it is told. */
    private static final class Thrower implements CallListener {

        @Override
        public void onStart(String endpoint, Request request) {
            throw new IllegalStateException("listener's own fault");
        }

        @Override
        public void onDecision(String endpoint, Decision decision) {
            throw new IllegalStateException("listener's own fault");
        }

        @Override
        public void onReply(String endpoint, Reply reply) {
            throw new IllegalStateException("listener's own fault");
        }
    }
}
