package io.github.tandem4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.tandem4j.Budget;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.Cost;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Trace;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ModelEndpoint} promises to whoever listens, whether it streams or gives its answer whole: see {@link
 * TokenSink}. It is part of {@link ModelEndpointContract}.
 */
public abstract class StreamingContract extends RefusalContract {

    /** More than any call of the kit uses. */
    static final long PLENTY_OF_TOKENS = 1_000_000_000;

    /** For subclasses. */
    protected StreamingContract() {}

    /**
     * {@return a request whose answer takes two seconds or more, and ends only if it is cut off, if you can; by default
     * none, and what needs one is skipped}
     */
    protected Optional<Request> longRequest() {
        return Optional.empty();
    }

    @Test
    void aSinkIsGivenTheAnswerInOrderAndNothingElse() {
        RecordingSink sink = new RecordingSink();
        Reply reply = endpoint().answer(request(), sink);
        sink.close();
        assertThat(sink.text()).isEqualTo(reply.text());
        assertThat(sink.violations()).isEmpty();
    }

    @Test
    void waitsForASlowSinkAndLosesNothing() throws Exception {
        CountDownLatch patience = new CountDownLatch(1);
        RecordingSink sink = new RecordingSink(text -> await(patience));
        CompletableFuture<Reply> call = endpoint().answerAsync(request(), sink);
        assertThat(sink.first().await(2, TimeUnit.MINUTES))
                .as("a first piece comes")
                .isTrue();
        assertThat(call).as("call whose sink is at its first piece").isNotDone();
        assertThat(sink.pieces()).hasSize(1);
        patience.countDown();
        Reply reply = call.get();
        sink.close();
        assertThat(sink.text()).isEqualTo(reply.text());
        assertThat(sink.violations()).isEmpty();
    }

    @Test
    void scoresThatComeWithPiecesAreThoseOfTheReply() {
        RecordingSink sink = new RecordingSink();
        Reply reply = endpoint().answer(request(), sink);
        TokenScores whole = reply.evidence().get(EvidenceKey.TOKEN_SCORES).orElse(null);
        if (whole != null) {
            assertThat(sink.logProbabilities()).hasSizeLessThanOrEqualTo(whole.size());
            for (int i = 0; i < sink.logProbabilities().size(); i++) {
                assertThat(sink.logProbabilities().get(i))
                        .as("log-probability of token %d", i)
                        .isEqualTo(whole.logProbability(i));
            }
        }
    }

    @Test
    void aSinkThatThrowsFailsTheCallAndLeavesTheBudgetSettled() {
        Budget budget = Budget.ofTokens(PLENTY_OF_TOKENS);
        ModelEndpoint endpoint = endpoint();
        RecordingSink sink = new RecordingSink(text -> {
            throw new IllegalStateException("the consumer is gone");
        });
        PluginException failure = catchThrowableOfType(
                PluginException.class, () -> endpoint.answer(request().within(budget), sink));
        sink.close();
        assertThat(failure).as("failure of a call whose sink throws").isNotNull();
        assertThat(failure).hasMessageContaining("sink").hasMessageContaining("the consumer is gone");
        assertThat(sink.pieces()).as("pieces of a sink that throws").hasSize(1);
        assertBrokeOff(failure, sink, budget);
        assertThat(endpoint.answer(request()).text()).isNotBlank();
        assertThat(sink.violations()).isEmpty();
    }

    @Test
    void nothingMoreIsHeardOnceTheSinkHasCancelledTheCall() {
        Budget budget = Budget.ofTokens(PLENTY_OF_TOKENS);
        Cancellation cancellation = Cancellation.create();
        ModelEndpoint endpoint = endpoint();
        RecordingSink sink = new RecordingSink(text -> cancellation.cancel());
        try {
            Reply reply = endpoint.answer(request().within(budget).cancelledBy(cancellation), sink);
            assertThat(reply.text()).as("an answer that was whole already").isEqualTo(sink.text());
            assertSettled(budget, reply.cost());
        } catch (CallCancelledException e) {
            assertBrokeOff(e, sink, budget);
        }
        sink.close();
        assertThat(sink.pieces()).hasSize(1);
        assertThat(Thread.interrupted())
                .as("interrupt left on the caller's thread")
                .isFalse();
        assertThat(endpoint.answer(request()).text()).isNotBlank();
        assertThat(sink.violations()).isEmpty();
    }

    // --- tools of the kit

    /** A failure says what was heard, and the budget has paid what the failure says that it cost. */
    static void assertBrokeOff(TandemException failure, RecordingSink sink, Budget budget) {
        assertThat(failure.heard()).as("what the failure says was heard").isEqualTo(sink.text());
        assertSettled(budget, failure.trace().map(Trace::cost).orElse(Cost.NONE));
    }

    static void assertSettled(Budget budget, Cost cost) {
        assertThat(budget.remainingTokens())
                .as("tokens left after the call")
                .hasValue(PLENTY_OF_TOKENS - cost.tokens());
    }

    Request slowRequest() {
        Optional<Request> slow = longRequest();
        assumeTrue(slow.isPresent(), "no request is given whose answer takes long");
        return slow.get();
    }

    /** Until the first piece is heard, or long enough for a model that is not heard to be at work. */
    static void awaitRunning(RecordingSink sink) throws InterruptedException {
        var unused = sink.first().await(50, TimeUnit.MILLISECONDS);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(2, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while the sink took its time", e);
        }
    }
}
