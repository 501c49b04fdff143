package io.github.tandem4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.tandem4j.fusion.Fusion;
import io.github.tandem4j.pipeline.Handoffs;
import io.github.tandem4j.pipeline.Pipeline;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of an answer that breaks off, and of a strategy that waits. */
@Timeout(60)
class BrokenOffTest {

    private static final Price PRICE = Price.perMillionTokens("1000", "1000"); // a tenth of a cent a token

    private static ScriptedEndpoint breakingOffAfter(String... pieces) {
        return ScriptedEndpoint.named("m")
                .profile(ModelProfile.remote().price(PRICE).maxOutputTokens(100).build())
                .countsPromptsAs(TokenCount.exactly(10))
                .plays((chat, context, tokens) -> {
                    for (String piece : pieces) {
                        tokens.accept(piece);
                    }
                    throw new IOException("connection reset");
                })
                .build();
    }

    @Test
    void aFailureHoldsThePartThatWasHeardAndWhatThePartCost() {
        Budget budget = Budget.ofUsd("1");
        RecordingSink sink = new RecordingSink();
        TransientException failure = catchThrowableOfType(
                TransientException.class,
                () -> breakingOffAfter("twelve ", "letters")
                        .answer(Request.of("?").within(budget), sink));
        assertThat(failure.heard()).isEqualTo("twelve letters").isEqualTo(sink.text());
        assertThat(failure).hasMessageNotContaining("letters");
        Cost cost = failure.trace().orElseThrow().cost();
        assertThat(cost.inputTokens()).isEqualTo(10);
        assertThat(cost.outputTokens())
                .isEqualTo(TokenCount.estimate("twelve letters").tokens());
        assertThat(budget.spent()).isEqualTo(cost.usd()).isEqualTo(PRICE.of(10, cost.outputTokens()));
        assertThat(budget.remaining()).contains(Usd.of("1").minus(cost.usd()));
    }

    @Test
    void aFailureBeforeTheFirstTokenCostsNothingAndHoldsNothing() {
        Budget budget = Budget.ofUsd("1");
        TransientException failure = catchThrowableOfType(
                TransientException.class,
                () -> breakingOffAfter().answer(Request.of("?").within(budget), new RecordingSink()));
        assertThat(failure.heard()).isEmpty();
        assertThat(failure.trace().orElseThrow().cost()).isEqualTo(Cost.NONE);
        assertThat(budget.remaining()).contains(Usd.of("1"));
    }

    @Test
    void aPartNeverCostsMoreThanTheLongestCompletionThatTheRequestAllows() {
        Budget budget = Budget.ofTokens(10 + 16);
        breakOff(budget, "x".repeat(4000));
        assertThat(budget.remainingTokens()).hasValue(0);
    }

    @Test
    void aPartNeverCostsMoreThanTheLongestCompletionOfTheModel() {
        Budget budget = Budget.ofTokens(10 + 500);
        breakOff(budget, "x".repeat(4000));
        assertThat(budget.remainingTokens()).hasValue(500 - 100);
    }

    /** A model may have read on while its reader was slow; the reader must not be kept busy with that. */
    @Test
    void aCallThatIsOverIsHeardNoMore() {
        Cancellation cancellation = Cancellation.create();
        RecordingSink sink = new RecordingSink();
        TokenSink cancelling = text -> {
            sink.accept(text);
            cancellation.cancel();
        };
        ScriptedEndpoint endpoint = ScriptedEndpoint.named("m")
                .plays(ScriptedAnswer.of("one two three"))
                .build();
        CallCancelledException failure = catchThrowableOfType(
                CallCancelledException.class,
                () -> endpoint.answer(Request.of("?").cancelledBy(cancellation), cancelling));
        assertThat(failure.heard()).isEqualTo("one ").isEqualTo(sink.text());
    }

    private static void breakOff(Budget budget, String text) {
        assertThatThrownBy(() -> breakingOffAfter(text).answer(Request.of("?").within(budget), new RecordingSink()))
                .isInstanceOf(TransientException.class);
    }

    @Test
    void tokensThatCameWithScoresAreCountedAndNotEstimated() {
        ScriptedEndpoint endpoint = ScriptedEndpoint.named("m")
                .countsPromptsAs(TokenCount.exactly(10))
                .plays((chat, context, tokens) -> {
                    tokens.accept("three", TokenScores.of(new float[] {-1, -2, -3}));
                    throw new IOException("reset");
                })
                .build();
        TransientException failure = catchThrowableOfType(
                TransientException.class, () -> endpoint.answer(Request.of("?"), new RecordingSink()));
        assertThat(failure.trace().orElseThrow().cost().outputTokens()).isEqualTo(3);
    }

    @Test
    void whatAStrategyHeldBackWasNotHeard() {
        ModelEndpoint pipeline = Pipeline.startingWith("draft", breakingOffAfter("a draft"))
                .then("refine", ScriptedEndpoint.saying("refiner", "better"), Handoffs.refine())
                .build();
        RecordingSink sink = new RecordingSink();
        TransientException failure =
                catchThrowableOfType(TransientException.class, () -> pipeline.answer(Request.of("?"), sink));
        assertThat(failure.heard()).isEmpty();
        assertThat(sink.text()).isEmpty();
    }

    @Test
    void scoresComeWithThePiecesThroughEveryStrategyThatStreams() {
        ModelEndpoint leaf = ScriptedEndpoint.named("m")
                .plays(ScriptedAnswer.of("one two three").withTokenProbabilities(0.9, 0.5, 0.25))
                .build();
        ModelEndpoint pipeline = Pipeline.startingWith("only", leaf).build();
        List<Float> scores = new ArrayList<>();
        pipeline.answer(Request.of("?"), new TokenSink() {
            @Override
            public void accept(String text) {
                throw new AssertionError("came without scores: " + text);
            }

            @Override
            public void accept(String text, TokenScores ofTokens) {
                scores.add(ofTokens.logProbability(0));
            }
        });
        assertThat(scores).containsExactly((float) Math.log(0.9), (float) Math.log(0.5), (float) Math.log(0.25));
    }

    @Test
    void aWaitOfAStrategyEndsWithTheDeadlineAndWithTheCancellation() {
        ModelEndpoint waiting = new Waiting(List.of(ScriptedEndpoint.saying("m", "too late")));
        assertThatThrownBy(() -> waiting.answer(Request.of("?").deadline(Duration.ofMillis(20))))
                .isInstanceOf(DeadlineExceededException.class)
                .hasMessageContaining("waiting");
        Cancellation cancellation = Cancellation.create();
        var call = waiting.answerAsync(Request.of("?").cancelledBy(cancellation));
        cancellation.cancel("nobody waits");
        assertThatThrownBy(call::join).hasCauseInstanceOf(CallCancelledException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void whatIsKnownOfAQuestionTravelsWithItAndStaysBehindAtAnother() {
        EvidenceKey<String> plan = EvidenceKey.of("plan", String.class);
        Request request = Request.of("?").evidence(plan, "gold").deadline(Duration.ofMinutes(1));
        assertThat(request.evidence().get(plan)).contains("gold");
        assertThat(request.chat(request.chat()).evidence().get(plan)).contains("gold");
        assertThat(request.chat(Request.of("!").chat()).evidence().get(plan)).isEmpty();
    }

    @Test
    void refusesNamesThatAreBlankOrTooLong() {
        assertThatThrownBy(() -> Request.of("?").session("x".repeat(10_000_000)))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContainingAll("session", "10000000", "1024")
                .hasMessageNotContaining("xxx");
        assertThatThrownBy(() -> Request.of("?").tenant(" "))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("tenant of the request is blank");
        assertThat(Request.of("?").session("x".repeat(1024)).context().session())
                .isPresent();
    }

    @Test
    void sharesOfABudgetAreGivenBackByMembersThatBreakOff() {
        Budget budget = Budget.ofTokens(1000);
        assertThatThrownBy(() -> Fusion.of(breakingOffAfter("a"))
                        .build()
                        .answer(Request.of("?").within(budget)))
                .isInstanceOf(TransientException.class);
        assertThat(budget.remainingTokens()).hasValue(1000);
    }

    /** Waits for ever before it asks. */
    private static final class Waiting extends StrategyEndpoint {

        Waiting(Collection<ModelEndpoint> members) {
            super("waiting", "waiting", members);
        }

        @Override
        protected Reply conduct(StrategyCall call) {
            call.pause(Duration.ofDays(1));
            return call.reply(call.ask("member", members().get(0)));
        }

        @Override
        protected Optional<TandemException> refusalByMembers(Request request) {
            return Optional.empty();
        }
    }
}
