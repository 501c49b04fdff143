package io.github.tandem4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.Budget;
import io.github.tandem4j.CallListener;
import io.github.tandem4j.Cost;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.Decision;
import io.github.tandem4j.EndpointCost;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Trace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

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
 * <p>A strategy is tested in the same way, over endpoints that play a script ({@link ScriptedEndpoint}): one test class for
 * each way that it can go.
 *
 * <p>The promises stand by theme in the classes that this one extends, each of which includes those before it: {@link
 * ChatModelContract}, {@link RefusalContract}, {@link StreamingContract}, {@link CancellationContract}, {@link
 * BudgetContract}. Extend one of those for an endpoint that keeps no more.
 *
 * <p>The kit calls the endpoint about two hundred times with {@link #request()}, from up to 64 threads at once, and never
 * closes it. It measures no time: a call that hangs is ended after three minutes. What needs an answer that takes long is
 * skipped unless {@link #longRequest()} gives one, what needs one that is cut unless {@link #cutRequest()} does, and what
 * needs virtual threads on a JDK without them; the skipped test says why.
 */
public abstract class ModelEndpointContract extends BudgetContract {

    /** For subclasses. */
    protected ModelEndpointContract() {}

    /** {@return a request whose answer is cut by its limit of tokens; by default none, and what needs one is skipped} */
    protected Optional<Request> cutRequest() {
        return Optional.empty();
    }

    /** {@return how many threads are answered at once; by default 4} */
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

    // --- how it answers, alone and at once

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
        Request request = bounded();
        Reply alone = endpoint.answer(request);
        Budget budget = Budget.ofTokens(PLENTY_OF_TOKENS);
        List<Reply> replies = Together.run(threads(), i -> endpoint.answer(request.within(budget)));
        if (isDeterministic()) {
            assertThat(replies).extracting(Reply::text).containsOnly(alone.text());
        }
        assertSettled(budget, Cost.sum(replies.stream().map(Reply::cost).toList()));
    }

    @Test
    void callsOfOneRequestDoNotDisturbOneAnother() throws Exception {
        Request request = request();
        List<RecordingSink> sinks = List.of(new RecordingSink(), new RecordingSink());
        List<Reply> replies = Together.run(2, i -> endpoint().answer(request, sinks.get(i)));
        for (int i = 0; i < 2; i++) {
            assertThat(sinks.get(i).text()).isEqualTo(replies.get(i).text()).isNotBlank();
            assertThat(sinks.get(i).violations()).isEmpty();
        }
    }

    @Test
    void cancellingOneCallOfARequestLeavesTheOther() throws Exception {
        Request slow = slowRequest();
        RecordingSink one = new RecordingSink();
        RecordingSink other = new RecordingSink();
        CompletableFuture<Reply> cancelled = endpoint().answerAsync(slow, one);
        CompletableFuture<Reply> left = endpoint().answerAsync(slow, other);
        awaitRunning(one);
        awaitRunning(other);
        cancelled.cancel(true);
        assertThat(left.isCompletedExceptionally())
                .as("failure of the call that was left alone")
                .isFalse();
        left.cancel(true);
    }

    @Test
    void whatIsKnownOfAQuestionReachesNoModelAndChangesNoAnswer() {
        String secret = "zyx-4712-agate";
        Transcript transcript = new Transcript();
        Request told = request().evidence(EvidenceKey.of("what the kit knows", String.class), secret);
        Reply reply = endpoint().answer(told.listener(transcript));
        assertThat(transcript.questions).isNotEmpty().noneMatch(question -> question.contains(secret));
        assertThat(reply.trace().toString()).doesNotContain(secret);
        assertThat(told.toString()).doesNotContain(secret);
        if (isDeterministic()) {
            assertThat(reply.text()).isEqualTo(endpoint().answer(request()).text());
        }
    }

    @Test
    void anAnswerThatIsCutByItsLimitSaysSoInEveryWayOfAsking() throws Exception {
        Optional<Request> cut = cutRequest();
        assumeTrue(cut.isPresent(), "no request is given whose answer is cut by its limit");
        ModelEndpoint endpoint = endpoint();
        RecordingSink sink = new RecordingSink();
        List<Reply> replies = List.of(
                endpoint.answer(cut.get()),
                endpoint.answer(cut.get(), sink),
                endpoint.answerAsync(cut.get()).get());
        assertThat(replies).allSatisfy(reply -> {
            assertThat(reply.isTruncated()).isTrue();
            assertThat(reply.response().finishReason()).isEqualTo(FinishReason.LENGTH);
        });
        assertThat(sink.text()).isEqualTo(replies.get(1).text());
        ChatResponse response = endpoint.asChatModel().chat(cut.get().chat());
        assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    // --- listeners

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

    // --- tools of the kit

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

    /** Remembers all that anybody was asked. */
    private static final class Transcript implements CallListener {

        private final List<String> questions = new CopyOnWriteArrayList<>();

        @Override
        public void onStart(String endpoint, Request request) {
            questions.add(request.chat().toString());
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
