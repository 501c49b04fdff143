package io.github.tandem4j.resilience;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.Decision;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.LeafEndpoint;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Trace;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.pipeline.Handoffs;
import io.github.tandem4j.pipeline.Pipeline;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Attempts: which failures lead to another, when it comes, and what the trace and the cost say of it. */
@Timeout(60)
final class ResilientTest {

    private static TransientException busy() {
        return new TransientException("busy", null);
    }

    private static TransientException busyFor(@Nullable Duration retryAfter) {
        return new TransientException("busy", retryAfter, null);
    }

    private static ResilientBuilder quick(ModelEndpoint endpoint) {
        return Resilient.endpoint(endpoint).backoff(ofMillis(1), ofMillis(5)).breakAfter(1, 1000);
    }

    private static TandemException failureOf(ModelEndpoint endpoint, Request request) {
        return catchThrowableOfType(TandemException.class, () -> endpoint.answer(request));
    }

    private static Trace traceOf(TandemException failure) {
        return failure.trace().orElseThrow();
    }

    private static String decisions(Trace trace) {
        return trace.decisions().toString();
    }

    // --- what leads to another attempt

    @Test
    void triesAgainAfterFailuresThatMayPass() {
        ScriptedEndpoint flaky = ScriptedEndpoint.named("flaky")
                .fails(ResilientTest::busy)
                .fails(ResilientTest::busy)
                .says("hello")
                .build();
        Reply reply = quick(flaky).build().answer("?");
        assertThat(reply.text()).isEqualTo("hello");
        assertThat(reply.author()).isEqualTo("flaky");
        assertThat(reply.trace().children())
                .extracting(Trace::role)
                .containsExactly("attempt 1 of 3", "attempt 2 of 3", "attempt 3 of 3");
        assertThat(reply.trace().children())
                .extracting(Trace::outcome)
                .containsExactly(Trace.Outcome.FAILED, Trace.Outcome.FAILED, Trace.Outcome.ANSWERED);
        assertThat(decisions(reply.trace()))
                .matches(".waits: PT[0-9.]+S before attempt 2 of 3, waits: PT[0-9.]+S before attempt 3 of 3.");
    }

    @Test
    void theLastAttemptsFailurePasses() {
        ScriptedEndpoint down =
                ScriptedEndpoint.named("down").fails(ResilientTest::busy).build();
        TandemException failure = failureOf(quick(down).attempts(2).build(), Request.of("?"));
        assertThat(failure).isInstanceOf(TransientException.class).hasMessage("busy");
        assertThat(down.calls()).isEqualTo(2);
        assertThat(traceOf(failure).children()).hasSize(2);
    }

    @Test
    void triesOnlyOnceWhatCannotPass() {
        for (TandemException failure :
                List.of(new ConfigurationException("wrong key"), new RejectedRequestException("no such parameter"))) {
            ScriptedEndpoint broken =
                    ScriptedEndpoint.named("broken").fails(() -> failure).build();
            assertThat(failureOf(quick(broken).build(), Request.of("?"))).isSameAs(failure);
            assertThat(broken.calls()).isOne();
        }
    }

    @Test
    void neverStartsAnAnswerTwice() {
        ScriptedEndpoint breaking = ScriptedEndpoint.named("breaking")
                .breaksAfter("Once ", ResilientTest::busy)
                .says("hello")
                .build();
        RecordingSink sink = new RecordingSink();
        Resilient resilient = quick(breaking).build();
        TandemException failure =
                catchThrowableOfType(TandemException.class, () -> resilient.answer(Request.of("?"), sink));
        assertThat(failure).hasMessage("busy");
        assertThat(failure.heard()).isEqualTo("Once ");
        assertThat(sink.text()).isEqualTo("Once ");
        assertThat(breaking.calls()).isOne();
        assertThat(decisions(traceOf(failure))).contains("no retry: part of the answer was heard");
        assertThat(resilient.answer("?").text()).isEqualTo("hello");
    }

    @Test
    void triesAgainWhatBrokeOffUnheard() {
        ScriptedEndpoint breaking = ScriptedEndpoint.named("breaking")
                .breaksAfter("Once ", ResilientTest::busy)
                .says("hello")
                .build();
        assertThat(quick(breaking).build().answer("?").text()).isEqualTo("hello");
    }

    // --- when it comes

    @Test
    void waitsHaveFullJitterAndDoubleUpToTheLongest() {
        Random random = new Random(7);
        Backoff backoff = new Backoff(ofMillis(100), ofMillis(1000), random::nextDouble);
        for (int retry = 1; retry <= 100; retry++) {
            long ceiling = retry <= 4 ? 100L << (retry - 1) : 1000;
            List<Long> waits = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                waits.add(backoff.before(retry).toNanos());
            }
            assertThat(waits).allMatch(nanos -> nanos >= 0 && nanos < ceiling * 1_000_000);
            assertThat(waits).anyMatch(nanos -> nanos < ceiling * 250_000);
            assertThat(waits).anyMatch(nanos -> nanos > ceiling * 750_000);
        }
    }

    @Test
    void theSameSeedWaitsTheSameTime() {
        List<String> first = waits(42);
        assertThat(first)
                .hasSize(4)
                .doesNotHaveDuplicates()
                .isEqualTo(waits(42))
                .isNotEqualTo(waits(43));
    }

    private static List<String> waits(long seed) {
        ScriptedEndpoint down =
                ScriptedEndpoint.named("down").fails(ResilientTest::busy).build();
        return traceOf(failureOf(quick(down).seed(seed).attempts(5).build(), Request.of("?"))).decisions().stream()
                .map(Decision::why)
                .toList();
    }

    @Test
    void waitsAsLongAsTheServerAskedAtLeast() {
        ScriptedEndpoint flaky = ScriptedEndpoint.named("flaky")
                .fails(() -> busyFor(ofMillis(40)))
                .says("hello")
                .build();
        long start = System.nanoTime();
        Reply reply = Resilient.endpoint(flaky)
                .backoff(ofMillis(1), ofMillis(50))
                .build()
                .answer("?");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(ofMillis(40));
        assertThat(decisions(reply.trace())).containsPattern("waits: PT0.04[0-9]*S before attempt 2 of 3");
    }

    @Test
    void thoseWhoAreAskedToWaitAlikeDoNotComeBackTogether() {
        Set<String> waits = new HashSet<>();
        for (int seed = 0; seed < 5; seed++) {
            waits.add(waitOf(ofMillis(10), ofMillis(50), seed));
        }
        assertThat(waits).hasSize(5).allMatch(wait -> wait.compareTo("PT0.01") > 0 && wait.compareTo("PT0.03") < 0);
        assertThat(waitOf(ofMillis(10), ofMillis(10), 1))
                .as("the longest wait bounds both")
                .startsWith("PT0.01S");
    }

    /** The wait, at a backoff of 10 ms at first, when the server asks for so much. */
    private static String waitOf(Duration asked, Duration longest, int seed) {
        ScriptedEndpoint flaky = ScriptedEndpoint.named("flaky")
                .fails(() -> busyFor(asked))
                .says("hello")
                .build();
        Resilient resilient = Resilient.endpoint(flaky)
                .backoff(ofMillis(10), longest)
                .seed(seed)
                .build();
        return resilient.answer("?").trace().decisions().get(0).why();
    }

    @Test
    void failsAtOnceWhenTheServerAsksForAYear() {
        ScriptedEndpoint limited = ScriptedEndpoint.named("limited")
                .fails(() -> busyFor(ofDays(365)))
                .build();
        TandemException failure =
                failureOf(Resilient.endpoint(limited).build(), Request.of("?").deadline(ofSeconds(50)));
        assertThat(failure).hasMessage("busy");
        assertThat(limited.calls()).isOne();
        assertThat(decisions(traceOf(failure)))
                .contains("no retry: to wait PT8760H was asked; the longest wait is PT20S");
    }

    @Test
    void failsAtOnceWhenTheWaitDoesNotFitTheDeadline() {
        ScriptedEndpoint limited = ScriptedEndpoint.named("limited")
                .fails(() -> busyFor(ofSeconds(19)))
                .build();
        TandemException failure =
                failureOf(Resilient.endpoint(limited).build(), Request.of("?").deadline(ofSeconds(10)));
        assertThat(failure).hasMessage("busy");
        assertThat(limited.calls()).isOne();
        assertThat(decisions(traceOf(failure)))
                .containsPattern("no retry: to wait PT19[.0-9]*S does not fit the deadline in PT");
    }

    @Test
    void aCancellationEndsTheWait() throws Exception {
        ScriptedEndpoint limited = ScriptedEndpoint.named("limited")
                .fails(() -> busyFor(ofHours(1)))
                .build();
        Resilient resilient =
                Resilient.endpoint(limited).backoff(ofMillis(1), ofHours(2)).build();
        Cancellation cancellation = Cancellation.create();
        CompletableFuture<TandemException> failure = new CompletableFuture<>();
        Thread caller = new Thread(
                () -> failure.complete(failureOf(resilient, Request.of("?").cancelledBy(cancellation))));
        caller.start();
        while (caller.getState() != Thread.State.TIMED_WAITING) {
            Thread.sleep(1);
        }
        cancellation.cancel();
        assertThat(failure.get()).isInstanceOf(CallCancelledException.class);
        assertThat(limited.calls()).isOne();
    }

    // --- how often

    @Test
    void retriesAreATenthOfTheCallsAndAFewBeside() {
        ScriptedEndpoint down =
                ScriptedEndpoint.named("down").fails(ResilientTest::busy).build();
        Resilient resilient = quick(down).retryBudget(0.1).build();
        TandemException failure = busy();
        for (int i = 0; i < 100; i++) {
            failure = failureOf(resilient, Request.of("?"));
        }
        assertThat(down.calls() - 100).isBetween(15, 20);
        assertThat(decisions(traceOf(failure)))
                .contains("no retry: the budget of retries, 10 and 0.1 a call, is used up");
    }

    @Test
    void aBudgetOfNothingIsUsedUpByTheFloor() {
        ScriptedEndpoint down =
                ScriptedEndpoint.named("down").fails(ResilientTest::busy).build();
        Resilient resilient = quick(down).retryBudget(0).build();
        for (int i = 0; i < 100; i++) {
            assertThat(failureOf(resilient, Request.of("?"))).hasMessage("busy");
        }
        assertThat(down.calls()).isEqualTo(100 + RetryBudget.FLOOR);
    }

    // --- how long

    @Test
    void anAttemptThatTakesTooLongIsTriedAgain() {
        ScriptedEndpoint slow =
                ScriptedEndpoint.named("slow").waits().says("hello").build();
        Reply reply = quick(slow).attemptTimeout(ofMillis(500)).build().answer("?");
        assertThat(reply.text()).isEqualTo("hello");
        assertThat(reply.trace().children()).hasSize(2);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void anAttemptThatTakesTooLongHasFailedInAWayThatMayPass() {
        ScriptedEndpoint slow = ScriptedEndpoint.named("slow").waits().build();
        TandemException failure =
                failureOf(quick(slow).attempts(2).attemptTimeout(ofMillis(300)).build(), Request.of("?"));
        assertThat(failure)
                .isInstanceOf(TransientException.class)
                .hasMessage("attempt 2 of 2 of slow took longer than PT0.3S, the time that it may take");
        assertThat(slow.calls()).isEqualTo(2);
    }

    @Test
    void theCallersOwnDeadlineIsNotTriedAgain() {
        for (Duration timeout : List.of(ofMillis(300), ofSeconds(50))) {
            ScriptedEndpoint slow = ScriptedEndpoint.named("slow").waits().build();
            TandemException failure = failureOf(
                    quick(slow).attemptTimeout(timeout).build(), Request.of("?").deadline(ofMillis(300)));
            assertThat(failure).isInstanceOf(DeadlineExceededException.class);
            assertThat(slow.calls()).isOne();
        }
    }

    @Test
    void aDeadlineOfTheEndpointsOwnIsNoAttemptThatTookTooLong() {
        ScriptedEndpoint own = ScriptedEndpoint.named("own")
                .fails(() -> new DeadlineExceededException("the engine's own"))
                .build();
        TandemException failure =
                failureOf(quick(own).attemptTimeout(ofSeconds(50)).build(), Request.of("?"));
        assertThat(failure).isInstanceOf(DeadlineExceededException.class).hasMessage("the engine's own");
        assertThat(own.calls()).isOne();
    }

    // --- what it is

    @Test
    void allAttemptsCount() {
        ModelProfile priced = ModelProfile.remote()
                .price(Price.perMillionTokens("1", "1"))
                .maxOutputTokens(100)
                .build();
        ScriptedEndpoint inner = ScriptedEndpoint.named("model")
                .profile(priced)
                .says(ScriptedAnswer.of("draft").using(10, 10))
                .fails(ResilientTest::busy)
                .says(ScriptedAnswer.of("draft").using(10, 10))
                .says(ScriptedAnswer.of("good").using(10, 10))
                .build();
        // The first answer of each pair is paid for and lost: the endpoint fails after it.
        ModelEndpoint pair = Pipeline.startingWith("one", inner)
                .then("two", inner, Handoffs.refine())
                .build();
        Reply reply = quick(pair).build().answer("?");
        assertThat(reply.cost().calls()).isEqualTo(3);
        assertThat(reply.cost().tokens()).isEqualTo(inner.servedTokens()).isEqualTo(60);
        assertThat(reply.cost().usd().nanos()).isEqualTo(60_000);
    }

    @Test
    void keepsTheProfileAndTheEvidenceOfWhatItStandsBefore() {
        EvidenceKey<String> key = EvidenceKey.of("mood", String.class);
        ModelEndpoint large = new WithEvidence(key);
        Resilient resilient = Resilient.endpoint(large).build();
        assertThat(resilient.profile()).isSameAs(large.profile());
        assertThat(resilient.evidence(key, Request.of("?"))).contains("calm");
        assertThat(resilient.id()).isEqualTo("large-resilient");
        assertThat(Resilient.endpoint(large).named("mine").build().id()).isEqualTo("mine");
    }

    private static final class WithEvidence extends LeafEndpoint {

        private final EvidenceKey<String> own;

        WithEvidence(EvidenceKey<String> own) {
            super(
                    "large",
                    ModelProfile.remote()
                            .price(Price.perMillionTokens("1", "2"))
                            .build());
            this.own = own;
        }

        @Override
        protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
            return Completion.of("hello");
        }

        @Override
        public <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
            return key == own ? Optional.of(key.type().cast("calm")) : Optional.empty();
        }
    }

    @Test
    void anOptionCanBeSetOnceAndMustBeValid() {
        ResilientBuilder builder = Resilient.endpoint(ScriptedEndpoint.saying("a", "b"));
        builder.attempts(2).retryBudget(0.5).backoff(ofMillis(1), ofMillis(2));
        assertThatIllegalStateException().isThrownBy(() -> builder.attempts(4)).withMessageContaining("already 2");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.retryBudget(1))
                .withMessageContaining("0.5");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.backoff(ofMillis(1), ofMillis(9)))
                .withMessageContaining("PT0.002S");

        ResilientBuilder fresh = Resilient.endpoint(ScriptedEndpoint.saying("a", "b"));
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.attempts(0));
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.retryBudget(Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.retryBudget(1.1));
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.backoff(Duration.ZERO, ofSeconds(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.backoff(ofSeconds(2), ofSeconds(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.attemptTimeout(ofDays(2)));
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.breakAfter(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.breakAfter(0.5, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.breakFor(ofSeconds(1), 0));
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.concurrency(0, ofSeconds(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.concurrency(1, ofSeconds(-1)));
        assertThat(fresh.concurrency(1, Duration.ZERO).build().answer("?").text())
                .isEqualTo("b");
    }

    @Test
    void aPassedDeadlineIsRefusedBeforeAnyAttempt() {
        ScriptedEndpoint endpoint = ScriptedEndpoint.saying("a", "b");
        assertThat(failureOf(quick(endpoint).build(), Request.of("?").deadline(Instant.EPOCH)))
                .isInstanceOf(DeadlineExceededException.class);
        assertThat(endpoint.calls()).isZero();
    }
}
