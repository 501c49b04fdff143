package io.github.tandem4j.resilience;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.Decision;
import io.github.tandem4j.Model;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Trace;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The offline ladder: who answers while the network is away, what the reply says of it, and how the way back is found. */
@Timeout(60)
final class OfflineLadderTest {

    private final ManualClock clock = new ManualClock();

    private volatile Model network = (chat, context, tokens) -> Completion.of("from afar");

    private final ScriptedEndpoint large = ScriptedEndpoint.named("large")
            .profile(ModelProfile.remote().build())
            .plays((chat, context, tokens) -> network.complete(chat, context, tokens))
            .build();

    private final ScriptedEndpoint small = ScriptedEndpoint.named("small")
            .says(ScriptedAnswer.of("from here").withTokenProbabilities(0.5, 0.5))
            .build();

    private final OfflineLadder ladder = OfflineLadder.from(large)
            .downTo(small)
            .probingLive(ofSeconds(1), ofSeconds(60))
            .clock(clock)
            .build();

    private void fails(Supplier<? extends Exception> failure) {
        network = (chat, context, tokens) -> {
            throw failure.get();
        };
    }

    private void isAway() {
        fails(() -> new TransientException("no route to host", null));
    }

    private void isBack() {
        network = (chat, context, tokens) -> Completion.of("from afar");
    }

    private String authorOf(ModelEndpoint asked) {
        return asked.answer("?").author();
    }

    private static TandemException failureOf(ModelEndpoint asked, Request request) {
        return catchThrowableOfType(TandemException.class, () -> asked.answer(request));
    }

    // --- who answers, and what the reply says

    @Test
    void theTopRungAnswersWhileItCanBeReached() {
        Reply reply = ladder.answer("?");
        assertThat(reply.author()).isEqualTo("large");
        assertThat(reply.trace().decisions()).isEmpty();
        assertThat(ladder.isOffline()).isFalse();
        assertThat(small.calls()).isZero();
    }

    @Test
    void theNextRungAnswersWhenItCannotAndSaysSoAndHowSureItIs() {
        isAway();
        Reply reply = ladder.answer("?");
        assertThat(reply.text()).isEqualTo("from here");
        assertThat(reply.confidence().value()).isEqualTo(0.5, within(1e-6));
        Decision decision = reply.trace().decisions().get(0);
        assertThat(decision.what()).isEqualTo("offline: answered by small");
        assertThat(decision.why()).isEqualTo("TransientException: no route to host");
        assertThat(decision.confidence()).isEqualTo(reply.confidence());
        assertThat(reply.trace().children()).extracting(Trace::role).containsExactly("rung 1 of 2", "rung 2 of 2");
        assertThat(ladder.isOffline()).isTrue();
    }

    @Test
    void whileItIsKnownToBeOfflineTheTopIsNotAsked() {
        isAway();
        ladder.answer("?");
        for (int i = 0; i < 20; i++) {
            Reply reply = ladder.answer("?");
            assertThat(reply.author()).isEqualTo("small");
            assertThat(reply.trace().decisions().toString())
                    .contains("offline: answered by small: TransientException: large is known to be unreachable since"
                            + " 2026-11-24T12:00:00Z, by TransientException: no route to host; a call probes it after"
                            + " 2026-11-24T12:00:01Z");
            assertThat(reply.trace().children().get(0).outcome()).isEqualTo(Trace.Outcome.PASSED_OVER);
        }
        assertThat(large.calls()).isOne();
    }

    @Test
    void anOpenBreakerIsUnreachable() {
        isAway();
        Resilient guarded = Resilient.endpoint(large)
                .attempts(1)
                .breakAfter(1, 1)
                .breakFor(ofSeconds(30), 1)
                .clock(clock)
                .build();
        assertThat(catchThrowable(() -> guarded.answer("?"))).hasMessage("no route to host");
        OfflineLadder over =
                OfflineLadder.from(guarded).downTo(small).clock(clock).build();
        Reply reply = over.answer("?");
        assertThat(reply.author()).isEqualTo("small");
        assertThat(reply.trace().decisions().get(0).what()).isEqualTo("offline: answered by small");
        assertThat(over.isOffline()).isTrue();
        assertThat(large.calls()).isOne();
        isBack();
        clock.advance(ofSeconds(31));
        assertThat(authorOf(over)).isEqualTo("large");
        assertThat(over.isOffline()).isFalse();
    }

    @Test
    void whatCannotPassIsThrown() {
        fails(() -> new ConfigurationException("wrong key"));
        assertThat(failureOf(ladder, Request.of("?"))).hasMessage("wrong key");
        assertThat(ladder.isOffline()).isFalse();
        assertThat(small.calls()).isZero();
    }

    @Test
    void neverChangesTheModelOnceATokenWasHeard() {
        network = (chat, context, tokens) -> {
            tokens.accept("Once ");
            throw new TransientException("connection reset", null);
        };
        RecordingSink sink = new RecordingSink();
        assertThat(catchThrowable(() -> ladder.answer(Request.of("?"), sink))).hasMessage("connection reset");
        assertThat(sink.text()).isEqualTo("Once ");
        assertThat(small.calls()).isZero();
        assertThat(ladder.isOffline()).as("it was there").isFalse();
    }

    @Test
    void streamsWhoeverAnswers() {
        isAway();
        RecordingSink sink = new RecordingSink();
        assertThat(ladder.answer(Request.of("?"), sink).text()).isEqualTo(sink.text());
        assertThat(sink.pieces()).containsExactly("from ", "here");
        assertThat(sink.violations()).isEmpty();
    }

    @Test
    void severalRungsAreGoneDown() {
        isAway();
        ScriptedEndpoint other = ScriptedEndpoint.named("other")
                .fails(() -> new TransientException("down too", null))
                .build();
        OfflineLadder three = OfflineLadder.from(large)
                .downTo(other)
                .downTo(small)
                .clock(clock)
                .build();
        Reply reply = three.answer("?");
        assertThat(reply.author()).isEqualTo("small");
        assertThat(reply.trace().decisions().get(0).why())
                .contains("no route to host")
                .contains("down too");
        assertThat(authorOf(three)).isEqualTo("small");
        assertThat(large.calls()).isOne();
        assertThat(other.calls()).as("each rung but the last is remembered").isOne();
    }

    @Test
    void theLastRungsFailureIsTheLadders() {
        isAway();
        ScriptedEndpoint broken = ScriptedEndpoint.named("broken")
                .fails(() -> new ConfigurationException("no such file"))
                .build();
        OfflineLadder bad = OfflineLadder.from(large).downTo(broken).build();
        assertThat(failureOf(bad, Request.of("?"))).hasMessage("no such file");
        ScriptedEndpoint full = ScriptedEndpoint.named("full")
                .fails(() -> new TransientException("full", null))
                .build();
        TandemException none = failureOf(OfflineLadder.from(large).downTo(full).build(), Request.of("?"));
        assertThat(none).isInstanceOf(TransientException.class).hasMessage("no route to host");
        assertThat(none.getSuppressed()).extracting(Throwable::getMessage).containsExactly("full");
    }

    // --- requests that are not for the top

    @Test
    void aLocalRequestGoesStraightToALocalRungAndChangesNothing() {
        Request local = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        Reply reply = ladder.answer(local);
        assertThat(reply.author()).isEqualTo("small");
        assertThat(reply.trace().decisions().get(0).what()).isEqualTo("answered by small");
        assertThat(ladder.isOffline()).isFalse();
        isAway();
        ladder.answer("?");
        clock.advance(ofSeconds(5));
        assertThat(ladder.answer(local).author()).isEqualTo("small");
        assertThat(large.calls()).as("it does not probe either").isOne();
        assertThat(ladder.isOffline()).isTrue();
    }

    @Test
    void aLocalRequestWithoutALocalRungIsRefusedForPrivacy() {
        isAway();
        OfflineLadder far = OfflineLadder.from(large)
                .downTo(ScriptedEndpoint.named("other")
                        .profile(ModelProfile.remote().build())
                        .says("a")
                        .build())
                .build();
        far.answer("?");
        Request local = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        assertThat(far.refusal(local).orElseThrow()).isInstanceOf(PrivacyException.class);
        assertThat(failureOf(far, local)).isInstanceOf(PrivacyException.class);
    }

    @Test
    void whatOnlyTheTopCanTakeIsRefusedWhileItIsKnownToBeUnreachable() {
        isAway();
        ScriptedEndpoint tiny = ScriptedEndpoint.named("tiny")
                .profile(ModelProfile.local().contextWindow(64).build())
                .says("tiny answer")
                .build();
        OfflineLadder tall = OfflineLadder.from(large).downTo(tiny).clock(clock).build();
        Request longer = Request.of("word ".repeat(200));
        assertThat(tall.refusal(longer)).isEmpty();
        assertThat(tall.answer(Request.of("?").useAtMostTokens(60)).author()).isEqualTo("tiny");
        TandemException refusal = tall.refusal(longer).orElseThrow();
        assertThat(refusal.isRetriable()).isTrue();
        assertThat(refusal).hasMessageContaining("large is known to be unreachable");
        assertThat(failureOf(tall, longer)).hasMessageContaining("large is known to be unreachable");
        assertThat(large.calls()).isOne();
        clock.advance(ofSeconds(1));
        assertThat(tall.refusal(longer)).as("it may probe").isEmpty();
    }

    @Test
    void aCallThatFoundNoPlaceInHereDoesNotMakeItOffline() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        network = (chat, context, tokens) -> {
            end.await();
            return Completion.of("from afar");
        };
        Resilient limited =
                Resilient.endpoint(large).concurrency(1, Duration.ZERO).build();
        OfflineLadder busy = OfflineLadder.from(limited).downTo(small).build();
        CompletableFuture<Reply> holder = busy.answerAsync(Request.of("?"));
        large.awaitCall();
        Reply reply = busy.answer("?");
        assertThat(reply.author()).isEqualTo("small");
        assertThat(reply.trace().decisions().get(0).what()).isEqualTo("answered by small");
        assertThat(busy.isOffline()).isFalse();
        end.countDown();
        assertThat(holder.get().author()).isEqualTo("large");
    }

    // --- the way back, probed by live calls

    @Test
    void oneLiveCallProbesAfterTheInterval() {
        isAway();
        ladder.answer("?");
        isBack();
        assertThat(authorOf(ladder)).isEqualTo("small");
        clock.advance(ofSeconds(1));
        Reply back = ladder.answer("?");
        assertThat(back.author()).isEqualTo("large");
        assertThat(back.trace().decisions().toString())
                .contains("back online: large had been unreachable since 2026-11-24T12:00:00Z");
        assertThat(ladder.isOffline()).isFalse();
        assertThat(ladder.answer("?").trace().decisions()).isEmpty();
    }

    @Test
    void aProbeThatFailsGoesDownWithinItsCallAndTheIntervalDoubles() {
        isAway();
        ladder.answer("?");
        int[] waits = {1, 2, 4, 8, 16, 32, 60, 60, 60};
        int asked = 1;
        for (int wait : waits) {
            clock.advance(ofSeconds(wait).minusMillis(1));
            assertThat(authorOf(ladder)).isEqualTo("small");
            assertThat(large.calls()).as("before " + wait + " s").isEqualTo(asked);
            clock.advance(ofMillis(1));
            assertThat(authorOf(ladder)).isEqualTo("small");
            assertThat(large.calls()).as("after " + wait + " s").isEqualTo(++asked);
        }
    }

    @Test
    void noProbeComesBeforeTheServerWantsOneUpToTheLongestInterval() {
        fails(() -> new TransientException("busy", ofSeconds(20), null));
        ladder.answer("?");
        clock.advance(ofSeconds(19));
        ladder.answer("?");
        assertThat(large.calls()).isOne();
        fails(() -> new TransientException("busy", ofDays(365), null));
        clock.advance(ofSeconds(1));
        ladder.answer("?");
        assertThat(large.calls()).isEqualTo(2);
        isBack();
        clock.advance(ofSeconds(60));
        assertThat(authorOf(ladder)).isEqualTo("large");
    }

    /** As when the time is told again by the network that has come back. */
    @Test
    void aClockThatIsSetBackDoesNotPutTheProbeOff() {
        isAway();
        ladder.answer("?");
        isBack();
        clock.advance(ofDays(-30));
        assertThat(ladder.refusal(Request.of("?"))).isEmpty();
        assertThat(authorOf(ladder)).isEqualTo("large");
        isAway();
        ladder.answer("?");
        clock.advance(ofSeconds(-1));
        assertThat(authorOf(ladder)).isEqualTo("small");
        isBack();
        clock.advance(ofSeconds(60));
        assertThat(authorOf(ladder)).isEqualTo("large");
    }

    @Test
    void onlyOneCallAtATimeProbes() throws Exception {
        isAway();
        ladder.answer("?");
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        network = (chat, context, tokens) -> {
            begun.countDown();
            end.await();
            return Completion.of("from afar");
        };
        clock.advance(ofSeconds(1));
        CompletableFuture<Reply> probe = ladder.answerAsync(Request.of("?"));
        begun.await();
        for (int i = 0; i < 5; i++) {
            Reply reply = ladder.answer("?");
            assertThat(reply.author()).isEqualTo("small");
            assertThat(reply.trace().toString()).contains("a call is probing it now");
        }
        end.countDown();
        assertThat(probe.get().author()).isEqualTo("large");
        assertThat(large.calls()).isEqualTo(2);
    }

    /** The first reading finds that the probe is due, the second comes too late to be it. */
    @Test
    void aCallThatAnotherForestallsInProbingSaysThatItPassedTheRungOver() throws Exception {
        isAway();
        ladder.answer("?");
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        network = (chat, context, tokens) -> {
            begun.countDown();
            end.await();
            return Completion.of("from afar");
        };
        clock.advance(ofSeconds(1));
        CompletableFuture<CompletableFuture<Reply>> probe = new CompletableFuture<>();
        clock.atSecondReading(() -> {
            probe.complete(ladder.answerAsync(Request.of("?")));
            assertThat(catchThrowable(begun::await)).isNull();
        });
        Reply late = ladder.answer("?");
        end.countDown();
        assertThat(probe.get().get().author()).isEqualTo("large");
        assertThat(late.author()).isEqualTo("small");
        assertThat(late.trace().children()).extracting(Trace::role).containsExactly("rung 1 of 2", "rung 2 of 2");
        assertThat(late.trace().children().get(0).outcome()).isEqualTo(Trace.Outcome.PASSED_OVER);
        assertThat(late.trace().toString()).contains("a call is probing it now");
    }

    @Test
    void aProbeThatSaysNothingLeavesItsTurnToTheNextCall() {
        isAway();
        ladder.answer("?");
        clock.advance(ofSeconds(1));
        fails(() -> new CallCancelledException("stopped"));
        assertThat(failureOf(ladder, Request.of("?"))).isInstanceOf(CallCancelledException.class);
        network = (chat, context, tokens) -> {
            throw new StackOverflowError("of the model's");
        };
        assertThat(catchThrowable(() -> ladder.answer("?"))).isInstanceOf(StackOverflowError.class);
        assertThat(ladder.isOffline()).isTrue();
        isBack();
        assertThat(authorOf(ladder)).isEqualTo("large");
    }

    @Test
    void aProbeThatTheServerRejectsHasFoundTheWayBack() {
        for (TandemException answer :
                new TandemException[] {new RejectedRequestException("no"), new ConfigurationException("wrong key")}) {
            isAway();
            ladder.answer("?");
            clock.advance(ofSeconds(1));
            fails(() -> answer);
            assertThat(failureOf(ladder, Request.of("?"))).isSameAs(answer);
            assertThat(ladder.isOffline()).isFalse();
        }
    }

    @Test
    void aProbeThatHangsUntilItsCallersDeadlineHasFailed() {
        isAway();
        ladder.answer("?");
        clock.advance(ofSeconds(1));
        network = (chat, context, tokens) -> {
            new CountDownLatch(1).await();
            throw new AssertionError("unreachable");
        };
        assertThat(failureOf(ladder, Request.of("?").deadline(ofMillis(30))))
                .isInstanceOf(DeadlineExceededException.class);
        assertThat(authorOf(ladder)).isEqualTo("small");
        assertThat(large.calls()).isEqualTo(2);
    }

    @Test
    void aCallThatWasBegunBeforeTheOutageChangesNothingAfterIt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        network = (chat, context, tokens) -> {
            begun.countDown();
            end.await();
            throw new TransientException("cut long ago", null);
        };
        CompletableFuture<Reply> early = ladder.answerAsync(Request.of("?"));
        begun.await();
        isAway();
        ladder.answer("?");
        isBack();
        clock.advance(ofSeconds(1));
        assertThat(authorOf(ladder)).isEqualTo("large");
        end.countDown();
        assertThat(early.get().author()).isEqualTo("small");
        assertThat(ladder.isOffline()).isFalse();
    }

    @RepeatedTest(50)
    void manyThreadsFindTheWayBackWithOneProbe() {
        isAway();
        ladder.answer("?");
        isBack();
        clock.advance(ofSeconds(1));
        AtomicInteger probes = new AtomicInteger();
        network = (chat, context, tokens) -> {
            if (ladder.isOffline()) {
                probes.incrementAndGet();
            }
            return Completion.of("from afar");
        };
        CompletableFuture<?>[] calls = new CompletableFuture<?>[32];
        for (int i = 0; i < calls.length; i++) {
            calls[i] = ladder.answerAsync(Request.of("?"));
        }
        CompletableFuture.allOf(calls).join();
        assertThat(probes.get()).isOne();
        assertThat(ladder.isOffline()).isFalse();
    }

    // --- the way back, probed in the background

    @Test
    void aBackgroundProbeFindsTheWayBackAtNoCallersCost() throws Exception {
        AtomicBoolean reachable = new AtomicBoolean();
        AtomicInteger probes = new AtomicInteger();
        CountDownLatch threeProbes = new CountDownLatch(3);
        OfflineLadder probing = OfflineLadder.from(large)
                .downTo(small)
                .probing(
                        () -> {
                            assertThat(Thread.currentThread().isDaemon()).isTrue();
                            probes.incrementAndGet();
                            threeProbes.countDown();
                            if (probes.get() == 1) {
                                throw new IllegalStateException("a probe that throws has not reached it");
                            }
                            return reachable.get();
                        },
                        ofMillis(2))
                .clock(clock)
                .build();
        assertThat(authorOf(probing)).isEqualTo("large");
        assertThat(probes.get()).as("probes while online").isZero();
        isAway();
        probing.answer("?");
        int asked = large.calls();
        threeProbes.await();
        for (int i = 0; i < 10; i++) {
            assertThat(authorOf(probing)).isEqualTo("small");
        }
        assertThat(large.calls()).isEqualTo(asked);
        isBack();
        reachable.set(true);
        clock.advance(ofSeconds(1));
        while (probing.isOffline()) {
            probing.refusal(Request.of("?"));
            probing.answer("?");
        }
        assertThat(authorOf(probing)).isEqualTo("large");
        int after = probes.get();
        Thread.sleep(30);
        assertThat(probes.get()).as("probes once back").isEqualTo(after);
    }

    /** The server is there and its model is not: that the one is found must not send every call to the other. */
    @Test
    void whatABackgroundProbeHasFoundIsConfirmedByOneCallAfterIntervalsThatDouble() throws Exception {
        OfflineLadder probing = OfflineLadder.from(large)
                .downTo(small)
                .probing(() -> true, ofMillis(1))
                .probingLive(ofSeconds(1), ofSeconds(60))
                .clock(clock)
                .build();
        isAway();
        probing.answer("?");
        int asked = 1;
        for (int wait : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            awaitFound(probing);
            clock.advance(ofSeconds(wait).minusMillis(1));
            assertThat(authorOf(probing)).isEqualTo("small");
            assertThat(large.calls()).as("before " + wait + " s").isEqualTo(asked);
            clock.advance(ofMillis(1));
            assertThat(authorOf(probing)).isEqualTo("small");
            assertThat(large.calls()).as("after " + wait + " s").isEqualTo(++asked);
            assertThat(probing.isOffline()).isTrue();
        }
    }

    @Test
    void whatABackgroundProbeHasFoundIsNotAskedBeforeTheServerWantsIt() throws Exception {
        OfflineLadder probing = OfflineLadder.from(large)
                .downTo(small)
                .probing(() -> true, ofMillis(1))
                .clock(clock)
                .build();
        fails(() -> new TransientException("busy", ofSeconds(20), null));
        probing.answer("?");
        awaitFound(probing);
        isBack();
        clock.advance(ofSeconds(19));
        assertThat(authorOf(probing)).isEqualTo("small");
        clock.advance(ofSeconds(1));
        assertThat(authorOf(probing)).isEqualTo("large");
        assertThat(probing.isOffline()).isFalse();
    }

    private static void awaitFound(OfflineLadder probing) throws InterruptedException {
        while (!probing.answer("?").trace().toString().contains("a call probes it after")) {
            Thread.sleep(1);
        }
    }

    @Test
    void aBackgroundProbeRestsWhenNobodyCalls() throws Exception {
        AtomicInteger probes = new AtomicInteger();
        OfflineLadder probing = OfflineLadder.from(large)
                .downTo(small)
                .probing(
                        () -> {
                            probes.incrementAndGet();
                            return false;
                        },
                        ofMillis(1))
                .build();
        isAway();
        probing.answer("?");
        while (probes.get() < BackgroundProbe.MOST_UNWANTED) {
            Thread.sleep(1);
        }
        Thread.sleep(30);
        assertThat(probes.get()).isEqualTo(BackgroundProbe.MOST_UNWANTED);
        // A routing that is refused never calls; the way back must be found all the same.
        assertThat(probing.refusal(Request.of("?"))).isEmpty();
        while (probes.get() == BackgroundProbe.MOST_UNWANTED) {
            Thread.sleep(1);
        }
        assertThat(probing.isOffline()).isTrue();
    }

    @Test
    void anOptionCanBeSetOnceAndMustBeValid() {
        OfflineLadder.Builder builder = OfflineLadder.from(large).downTo(small);
        builder.probing(() -> true, ofSeconds(15)).probingLive(ofSeconds(1), ofSeconds(2));
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.probing(() -> true, ofSeconds(5)))
                .withMessageContaining("PT15S");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.probingLive(ofSeconds(1), ofSeconds(3)))
                .withMessageContaining("PT2S");
        OfflineLadder.Builder fresh = OfflineLadder.from(large).downTo(small);
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.probing(() -> true, Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> fresh.probingLive(ofSeconds(3), ofSeconds(2)));
        assertThat(fresh.named("mine").build().id()).isEqualTo("mine");
    }
}
