package io.github.tandem4j.resilience;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tandem4j.Budget;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Cost;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Trace;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** Laws that hold whatever fails when. Every seed is fixed. */
class FaultLawsTest {

    private static final String SEED = "20261124";
    private static final long PLENTY = 1_000_000_000;

    /** What the endpoint does in one call. */
    private enum Turn {
        ANSWER,
        BUSY,
        BUSY_FOR_A_MOMENT,
        BUSY_FOR_A_YEAR,
        BREAKS_OFF,
        REJECTS,
        MISCONFIGURED,
        THROWS
    }

    @Provide
    static Arbitrary<List<Turn>> turns() {
        return Arbitraries.of(Turn.class).list().ofMinSize(1).ofMaxSize(40);
    }

    private static ScriptedEndpoint scripted(List<Turn> turns) {
        ScriptedEndpoint.Builder script = ScriptedEndpoint.named("large")
                .profile(ModelProfile.remote()
                        .price(Price.perMillionTokens("1", "1"))
                        .maxOutputTokens(100)
                        .build());
        for (Turn turn : turns) {
            switch (turn) {
                case ANSWER -> script.says(ScriptedAnswer.of("a whole answer").using(10, 3));
                case BUSY -> script.fails(() -> new TransientException("busy", null));
                case BUSY_FOR_A_MOMENT -> script.fails(() -> new TransientException("busy", ofMillis(1), null));
                case BUSY_FOR_A_YEAR -> script.fails(() -> new TransientException("busy", Duration.ofDays(365), null));
                case BREAKS_OFF -> script.breaksAfter("half an ", () -> new TransientException("reset", null));
                case REJECTS -> script.fails(() -> new RejectedRequestException("no such parameter"));
                case MISCONFIGURED -> script.fails(() -> new ConfigurationException("wrong key"));
                case THROWS -> script.fails(() -> new IllegalStateException("a fault"));
            }
        }
        return script.build();
    }

    /** The end of one call: its trace, and its text or the part that was heard. */
    private record End(Trace trace, String text) {}

    private static End end(CompletableFuture<Reply> call) {
        try {
            Reply reply = call.join();
            return new End(reply.trace(), reply.text());
        } catch (CompletionException e) {
            if (e.getCause() instanceof TandemException failure) {
                return new End(failure.trace().orElseThrow(), failure.heard());
            }
            throw e;
        }
    }

    @Property(seed = SEED, tries = 200)
    void nothingIsLostAndNothingIsTriedTooOften(
            @ForAll("turns") List<Turn> turns,
            @ForAll @IntRange(min = 1, max = 5) int attempts,
            @ForAll @DoubleRange(min = 0, max = 1) double share,
            @ForAll @IntRange(min = 1, max = 30) int calls,
            @ForAll boolean heard) {
        ScriptedEndpoint endpoint = scripted(turns);
        Resilient resilient = Resilient.endpoint(endpoint)
                .attempts(attempts)
                .retryBudget(share)
                .backoff(ofMillis(1), ofMillis(2))
                .breakAfter(0.9, 8)
                .breakFor(ofMillis(1), 2)
                .concurrency(4, ofSeconds(50))
                .seed(1)
                .build();
        Budget budget = Budget.ofTokens(PLENTY);
        List<CompletableFuture<Reply>> futures = new ArrayList<>();
        List<RecordingSink> sinks = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            RecordingSink sink = new RecordingSink();
            sinks.add(sink);
            futures.add(resilient.answerAsync(Request.of("?").within(budget), heard ? sink : TokenSink.NONE));
        }
        long tokens = 0;
        int asked = 0;
        for (int i = 0; i < calls; i++) {
            End end = end(futures.get(i));
            tokens += end.trace().cost().tokens();
            asked += end.trace().children().size();
            assertThat(end.trace().children().size()).isLessThanOrEqualTo(attempts);
            assertThat(end.trace().cost().tokens())
                    .isEqualTo(Cost.sum(end.trace().children().stream()
                                    .map(Trace::cost)
                                    .toList())
                            .tokens());
            assertThat(sinks.get(i).violations()).isEmpty();
            assertThat(sinks.get(i).text()).isEqualTo(heard ? end.text() : "");
        }
        assertThat(endpoint.calls()).as("calls that reached the model").isEqualTo(asked);
        assertThat(asked).isLessThanOrEqualTo((int) (calls + RetryBudget.FLOOR + share * calls));
        assertThat(tokens).as("tokens that the replies and failures tell of").isEqualTo(endpoint.servedTokens());
        assertThat(budget.remainingTokens()).hasValue(PLENTY - tokens);
    }

    @Property(seed = SEED, tries = 200)
    void aLadderAlwaysAnswersAndBothersNobodyMoreThanItsIntervalsSay(
            @ForAll List<Boolean> weather, @ForAll @IntRange(min = 0, max = 3000) int millisBetween) {
        ManualClock clock = new ManualClock();
        AtomicBoolean up = new AtomicBoolean();
        ScriptedEndpoint large = ScriptedEndpoint.named("large")
                .plays((chat, context, tokens) -> {
                    if (!up.get()) {
                        throw new TransientException("away", null);
                    }
                    return Completion.of("from afar");
                })
                .build();
        OfflineLadder ladder = OfflineLadder.from(large)
                .downTo(ScriptedEndpoint.saying("small", "from here"))
                .probingLive(ofSeconds(1), ofSeconds(4))
                .clock(clock)
                .build();
        Duration interval = Duration.ZERO; // none while it is online
        Instant due = clock.instant();
        for (boolean now : weather) {
            up.set(now);
            boolean isAsked = !clock.instant().isBefore(due);
            int before = large.calls();
            assertThat(ladder.answer("?").author()).isEqualTo(isAsked && now ? "large" : "small");
            assertThat(large.calls() - before)
                    .as("calls of the top, due " + due + ", after " + interval)
                    .isEqualTo(isAsked ? 1 : 0);
            if (isAsked) {
                interval = now ? Duration.ZERO : next(interval);
                due = clock.instant().plus(interval);
            }
            assertThat(ladder.isOffline()).isEqualTo(!interval.isZero());
            clock.advance(ofMillis(millisBetween));
        }
    }

    private static Duration next(Duration interval) {
        return interval.isZero()
                ? ofSeconds(1)
                : ofSeconds(Math.min(4, interval.multipliedBy(2).toSeconds()));
    }
}
