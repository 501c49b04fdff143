package io.github.tandem4j.resilience;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.Model;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.StageFailure;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The circuit breaker: what it counts, what it says while it is open, and how it closes. */
@Timeout(60)
final class BreakerTest {

    private final ManualClock clock = new ManualClock();

    /** What the endpoint does; replaced by the tests as the endpoint falls ill and gets well. */
    private volatile Model behaviour = (chat, context, tokens) -> Completion.of("hello");

    private final ScriptedEndpoint endpoint = ScriptedEndpoint.named("large")
            .profile(ModelProfile.remote().build())
            .plays((chat, context, tokens) -> behaviour.complete(chat, context, tokens))
            .build();

    private ResilientBuilder builder() {
        return Resilient.endpoint(endpoint)
                .attempts(1)
                .breakAfter(0.5, 4)
                .breakFor(ofSeconds(30), 1)
                .clock(clock);
    }

    private static TransientException busy() {
        return new TransientException("busy", null);
    }

    private void fails(Supplier<? extends Exception> failure) {
        behaviour = (chat, context, tokens) -> {
            throw failure.get();
        };
    }

    private void answers() {
        behaviour = (chat, context, tokens) -> Completion.of("hello");
    }

    private static TandemException failureOf(ModelEndpoint asked) {
        return catchThrowableOfType(TandemException.class, () -> asked.answer("?"));
    }

    private Resilient opened() {
        return opened(builder());
    }

    private Resilient opened(ResilientBuilder builder) {
        Resilient resilient = builder.build();
        resilient.answer("?");
        resilient.answer("?");
        fails(BreakerTest::busy);
        assertThat(failureOf(resilient)).hasMessage("busy");
        assertThat(failureOf(resilient)).hasMessage("busy");
        return resilient;
    }

    @Test
    void opensAtTheShareOfFailuresAndSaysSinceWhenAndWhyAndUntilWhen() {
        Resilient resilient = opened();
        clock.advance(ofSeconds(10));
        int calls = endpoint.calls();
        TandemException failure = failureOf(resilient);
        assertThat(failure)
                .isInstanceOf(TransientException.class)
                .hasMessage(
                        "circuit breaker of large-resilient is open since 2026-11-24T12:00:00Z, when 2 of the last 4"
                                + " attempts had failed; it lets 1 probe through after 2026-11-24T12:00:30Z");
        assertThat(((TransientException) failure).retryAfter()).contains(ofSeconds(20));
        assertThat(resilient.refusal(Request.of("?")).orElseThrow()).hasMessage(failure.getMessage());
        assertThat(endpoint.calls()).isEqualTo(calls);
    }

    @Test
    void staysClosedBelowTheShare() {
        Resilient resilient = builder().build();
        for (int i = 0; i < 20; i++) {
            answers();
            resilient.answer("?");
            resilient.answer("?");
            fails(BreakerTest::busy);
            assertThat(failureOf(resilient)).hasMessage("busy");
            answers();
            resilient.answer("?");
        }
        assertThat(resilient.refusal(Request.of("?"))).isEmpty();
    }

    @Test
    void closesAfterAProbeThatSucceeds() {
        Resilient resilient = opened();
        clock.advance(ofSeconds(31));
        answers();
        assertThat(resilient.refusal(Request.of("?"))).isEmpty();
        for (int i = 0; i < 5; i++) {
            assertThat(resilient.answer("?").text()).isEqualTo("hello");
        }
    }

    @Test
    void isNotOpenForLongerWhenTheClockIsSetBack() {
        Resilient resilient = opened();
        clock.advance(ofDays(-30));
        answers();
        assertThat(resilient.refusal(Request.of("?"))).isEmpty();
        assertThat(resilient.answer("?").text()).isEqualTo("hello");
        assertThat(resilient.answer("?").text()).isEqualTo("hello");
    }

    @Test
    void opensAgainAfterAProbeThatFails() {
        Resilient resilient = opened();
        clock.advance(ofSeconds(31));
        assertThat(failureOf(resilient)).hasMessage("busy");
        assertThat(failureOf(resilient))
                .hasMessage(
                        "circuit breaker of large-resilient is open since 2026-11-24T12:00:31Z, when 1 of the last 1"
                                + " attempts had failed; it lets 1 probe through after 2026-11-24T12:01:01Z");
    }

    @Test
    void letsNoMoreThanItsProbesThroughWhileHalfOpen() throws Exception {
        Resilient resilient = opened(builder());
        clock.advance(ofSeconds(31));
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        behaviour = (chat, context, tokens) -> {
            begun.countDown();
            end.await();
            return Completion.of("hello");
        };
        CompletableFuture<Reply> probe = resilient.answerAsync(Request.of("?"));
        begun.await();
        assertThat(resilient.refusal(Request.of("?")).orElseThrow())
                .isInstanceOf(TransientException.class)
                .hasMessageContaining("half-open and has 1 probe under way");
        assertThat(failureOf(resilient)).hasMessageContaining("half-open");
        end.countDown();
        assertThat(probe.get().text()).isEqualTo("hello");
        assertThat(resilient.answer("?").text()).isEqualTo("hello");
    }

    @Test
    void aCallThatWasUnderWayWhenItOpenedIsNoProbe() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Resilient resilient = builder().build();
        behaviour = (chat, context, tokens) -> {
            begun.countDown();
            end.await();
            return Completion.of("hello");
        };
        CompletableFuture<Reply> early = resilient.answerAsync(Request.of("?"));
        begun.await();
        fails(BreakerTest::busy);
        for (int i = 0; i < 4; i++) {
            assertThat(failureOf(resilient)).hasMessage("busy");
        }
        clock.advance(ofSeconds(31));
        fails(() -> new RejectedRequestException("makes it half-open, and counts as no probe"));
        assertThat(failureOf(resilient)).isInstanceOf(RejectedRequestException.class);
        end.countDown();
        early.get();
        fails(BreakerTest::busy);
        assertThat(failureOf(resilient)).hasMessage("busy");
        assertThat(failureOf(resilient)).hasMessageContaining("is open since 2026-11-24T12:00:31Z");
    }

    /** In whatever way a probe ends, its permission is back: the next call is the probe. */
    @Test
    void aProbeThatSaysNothingOfTheEndpointGivesItsPermissionBack() throws Exception {
        Resilient resilient = opened();
        clock.advance(ofSeconds(31));
        for (Exception fault : new Exception[] {
            new RejectedRequestException("no such parameter"),
            new ConfigurationException("wrong key"),
            new CallCancelledException("stopped"),
            new IllegalStateException("a fault of the plug-in's"),
        }) {
            fails(() -> fault);
            assertThat(failureOf(resilient)).isNotInstanceOf(TransientException.class);
        }
        behaviour = (chat, context, tokens) -> {
            throw new StackOverflowError("of the model's");
        };
        assertThat(catchThrowable(() -> resilient.answer("?"))).isInstanceOf(StackOverflowError.class);

        behaviour = (chat, context, tokens) -> {
            new CountDownLatch(1).await();
            throw new AssertionError("unreachable");
        };
        assertThat(catchThrowable(() -> resilient.answer(Request.of("?").deadline(ofMillis(30)))))
                .isInstanceOf(DeadlineExceededException.class);
        Cancellation cancellation = Cancellation.create();
        int asked = endpoint.calls();
        CompletableFuture<Reply> cancelled =
                resilient.answerAsync(Request.of("?").cancelledBy(cancellation));
        while (endpoint.calls() == asked) { // until it is the probe
            Thread.sleep(1);
        }
        cancellation.cancel();
        assertThat(catchThrowableOfType(ExecutionException.class, cancelled::get))
                .hasCauseInstanceOf(CallCancelledException.class);
        behaviour = (chat, context, tokens) -> {
            tokens.accept("Once ");
            return Completion.of("Once ");
        };
        assertThat(catchThrowable(() -> resilient.answer(Request.of("?"), text -> {
                    throw new IllegalStateException("the consumer is gone");
                })))
                .hasMessageContaining("the consumer is gone");

        answers();
        assertThat(resilient.answer("?").text()).isEqualTo("hello");
    }

    @Test
    void aRequestsOwnFaultNeverOpensIt() {
        Resilient resilient = builder().build();
        fails(() -> new RejectedRequestException("no such parameter"));
        for (int i = 0; i < 20; i++) {
            assertThat(failureOf(resilient)).hasMessage("no such parameter");
        }
        Request local = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        for (int i = 0; i < 20; i++) {
            assertThat(catchThrowable(() -> resilient.answer(local))).isInstanceOf(PrivacyException.class);
        }
        assertThat(resilient.refusal(Request.of("?"))).isEmpty();
    }

    @Test
    void whatTheEndpointRefusesIsSaidBeforeThatTheBreakerIsOpen() {
        Resilient resilient = opened();
        Request local = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        assertThat(resilient.refusal(local).orElseThrow()).isInstanceOf(PrivacyException.class);
        assertThat(catchThrowable(() -> resilient.answer(local))).isInstanceOf(PrivacyException.class);
    }

    @Test
    void slowCallsOpenItWhereThatIsSaid() {
        behaviour = (chat, context, tokens) -> {
            clock.advance(ofSeconds(5));
            return Completion.of("hello");
        };
        Resilient patient = builder().build();
        for (int i = 0; i < 8; i++) {
            patient.answer("?");
        }
        assertThat(patient.refusal(Request.of("?"))).isEmpty();

        Resilient impatient = builder().breakWhenSlowerThan(ofSeconds(4)).build();
        for (int i = 0; i < 4; i++) {
            impatient.answer("?");
        }
        assertThat(failureOf(impatient))
                .hasMessageContaining("0 of the last 4 attempts had failed and 4 had taken longer than PT4S");
    }

    @Test
    void aDeadlineCountsOnlyIfTheCallWasSlowByThen() {
        Resilient resilient = builder().breakWhenSlowerThan(ofSeconds(4)).build();
        fails(() -> new DeadlineExceededException("the caller's"));
        for (int i = 0; i < 8; i++) {
            assertThat(failureOf(resilient)).hasMessage("the caller's");
        }
        assertThat(resilient.refusal(Request.of("?"))).isEmpty();
        behaviour = (chat, context, tokens) -> {
            clock.advance(ofSeconds(5));
            throw new DeadlineExceededException("the caller's");
        };
        for (int i = 0; i < 4; i++) {
            assertThat(failureOf(resilient)).hasMessage("the caller's");
        }
        assertThat(resilient.refusal(Request.of("?"))).isPresent();
    }

    @Test
    void attemptsThatAreCutOffOpenIt() {
        behaviour = (chat, context, tokens) -> {
            new CountDownLatch(1).await();
            throw new AssertionError("unreachable");
        };
        Resilient resilient = builder().attemptTimeout(ofMillis(10)).build();
        for (int i = 0; i < 4; i++) {
            assertThat(failureOf(resilient)).hasMessageContaining("took longer than");
        }
        assertThat(failureOf(resilient)).hasMessageContaining("4 of the last 4 attempts had failed");
    }

    @Test
    void noAttemptFollowsOnceItHasOpened() {
        fails(BreakerTest::busy);
        Resilient resilient = Resilient.endpoint(endpoint)
                .attempts(5)
                .backoff(ofMillis(1), ofSeconds(60))
                .breakAfter(1, 2)
                .clock(clock)
                .build();
        TandemException failure = failureOf(resilient);
        assertThat(failure).hasMessage("busy");
        assertThat(endpoint.calls()).isEqualTo(2);
        assertThat(failure.trace().orElseThrow().decisions().toString())
                .contains("no retry: circuit breaker of large-resilient is open");
        assertThat(failureOf(resilient)).hasMessageContaining("is open since");
        assertThat(endpoint.calls()).isEqualTo(2);
    }

    @Test
    void aRoutingAndACascadePassOverWhatIsOpenWithoutACall() {
        Resilient resilient = opened();
        int calls = endpoint.calls();
        ScriptedEndpoint small = ScriptedEndpoint.saying("small", "from the small one");
        Reply routed = Routing.among(small, resilient)
                .by((request, candidates) -> Choice.of(candidates.get(candidates.size() - 1), "the last that can"))
                .build()
                .answer("?");
        assertThat(routed.author()).isEqualTo("small");
        Reply cascaded = Cascade.startingWith(small)
                .keepWhen((request, reply) -> Verdict.defer("always"))
                .deferTo(resilient)
                .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                .build()
                .answer("?");
        assertThat(cascaded.author()).isEqualTo("small");
        assertThat(cascaded.trace().toString()).contains("passed over: TransientException: circuit breaker");
        assertThat(endpoint.calls()).isEqualTo(calls);
    }
}
