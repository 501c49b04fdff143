package io.github.tandem4j.cascade;

import static io.github.tandem4j.cascade.Confidences.meanEntropy;
import static io.github.tandem4j.cascade.Confidences.meanTokenProbability;
import static io.github.tandem4j.cascade.Confidences.minimumTokenProbability;
import static io.github.tandem4j.cascade.Confidences.sequenceProbability;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.Budget;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.Decision;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Cascades that commit or defer before an answer's end. */
@Timeout(60)
class EarlyVerdictTest {

    private static final String SEED = "20261124";

    /** Keeps early at 0.9 after two tokens, defers early below 0.3. */
    private static final Threshold EARLY =
            meanTokenProbability().atLeast(0.6).keepEarly(0.9).deferEarly(0.3).after(2);

    private static ScriptedEndpoint small(double... probabilities) {
        return ScriptedEndpoint.named("small")
                .says(ScriptedAnswer.of(text(probabilities.length)).withTokenProbabilities(probabilities))
                .build();
    }

    private static String text(int words) {
        return String.join(" ", Collections.nCopies(words, "word"));
    }

    private static ModelEndpoint cascade(ModelEndpoint small, DeferralRule rule) {
        return Cascade.startingWith(small)
                .keepWhen(rule)
                .deferTo(ScriptedEndpoint.saying("large", "from the large one"))
                .build();
    }

    private static List<String> decisions(Reply reply) {
        return reply.trace().decisions().stream().map(Decision::toString).toList();
    }

    @Test
    void commitsAtTheFirstDecisiveTokenAndStreamsTheRest() {
        List<String> heardWhenAsked = new ArrayList<>();
        RecordingSink sink = new RecordingSink();
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .plays((chat, context, tokens) -> {
                    ScriptedAnswer answer = ScriptedAnswer.of("a b c d").withTokenProbabilities(0.8, 0.99, 0.99, 0.1);
                    TokenScores scores = TokenScores.of(
                            new float[] {(float) Math.log(0.8), (float) Math.log(0.99), (float) Math.log(0.99), -2});
                    for (int i = 0; i < 4; i++) {
                        tokens.accept("abcd".charAt(i) + (i < 3 ? " " : ""), scores.range(i, i + 1));
                        heardWhenAsked.add(sink.text());
                    }
                    return answer.complete(chat, context, TokenSink.NONE);
                })
                .build();
        Reply reply = cascade(small, EARLY).answer(Request.of("?"), sink);
        // The mean of 0.8 and 0.99 does not reach 0.9, that of the first three tokens does.
        assertThat(heardWhenAsked).containsExactly("", "", "a b c ", "a b c d");
        assertThat(reply.text()).isEqualTo("a b c d").isEqualTo(sink.text());
        assertThat(decisions(reply))
                .containsExactly("kept early: mean token probability 0.922 >= 0.900 after 3 tokens");
        assertThat(reply.confidence().value()).isCloseTo(0.922, within(1e-3));
    }

    @Test
    void stopsAStageThatIsDecisivelyUnsureAndPaysForWhatItSaid() {
        List<String> said = new ArrayList<>();
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .plays((chat, context, tokens) -> {
                    for (int i = 0; i < 100; i++) {
                        context.throwIfOver("small");
                        said.add("word");
                        tokens.accept("word ", TokenScores.of(new float[] {-3}));
                    }
                    throw new AssertionError("was not stopped");
                })
                .build();
        RecordingSink sink = new RecordingSink();
        Reply reply = cascade(small, EARLY).answer(Request.of("?"), sink);
        assertThat(said).hasSize(2);
        assertThat(sink.text()).isEqualTo("from the large one");
        assertThat(decisions(reply))
                .containsExactly("deferred early: mean token probability 0.0498 < 0.300 after 2 tokens");
        assertThat(reply.cost().byEndpoint().get(0).endpoint()).isEqualTo("small");
        assertThat(reply.cost().byEndpoint().get(0).outputTokens()).isEqualTo(2);
        assertThat(reply.trace().toString()).contains("small", "cancelled: deferred early");
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void waitsForTheEndWhileNothingIsDecisive() {
        Reply reply = cascade(small(0.7, 0.7, 0.7), EARLY).answer("?");
        assertThat(decisions(reply)).containsExactly("kept: mean token probability 0.700 >= 0.600");
    }

    @Test
    void aMinimumThatHasFallenStopsTheStageUnasked() {
        Reply reply = cascade(
                        small(0.9, 0.2, 0.9, 0.9), minimumTokenProbability().atLeast(0.5))
                .answer("?");
        assertThat(decisions(reply))
                .containsExactly("deferred early: minimum token probability 0.200 < 0.500 after 2 tokens");
        assertThat(reply.author()).isEqualTo("large");
    }

    @Test
    void noStageIsStoppedWhoseAnswerMayStillBeNeeded() {
        ModelEndpoint cascade = Cascade.startingWith(small(0.1, 0.1, 0.1))
                .keepWhen(EARLY)
                .deferTo(ScriptedEndpoint.named("large")
                        .fails(() -> new TransientException("busy", null))
                        .build())
                .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                .build();
        assertThat(cascade.answer("?").text()).isEqualTo("word word word");
    }

    @Test
    void aCommittedAnswerThatFailsIsNeverReplacedWhetherHeardOrNot() {
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .plays((chat, context, tokens) -> {
                    tokens.accept("sure ", TokenScores.of(new float[] {0, 0}));
                    throw new TransientException("connection lost", null);
                })
                .build();
        ModelEndpoint cascade = Cascade.startingWith(small)
                .keepWhen(EARLY)
                .deferTo(ScriptedEndpoint.saying("large", "another answer"))
                .whenAStageFails(StageFailure.DEFER)
                .build();
        for (TokenSink sink : List.of(TokenSink.NONE, new RecordingSink())) {
            TransientException failure =
                    catchThrowableOfType(TransientException.class, () -> cascade.answer(Request.of("?"), sink));
            assertThat(failure).hasMessageContaining("connection lost");
            assertThat(failure.heard()).isEqualTo(sink == TokenSink.NONE ? "" : "sure ");
        }
    }

    @Test
    void aCommittedAnswerThatIsCutSaysSo() {
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .says(ScriptedAnswer.of("a b c").withTokenProbabilities(1, 1, 1).endingBy(FinishReason.LENGTH))
                .build();
        Reply reply = cascade(small, EARLY).answer("?");
        assertThat(reply.isTruncated()).isTrue();
        assertThat(decisions(reply)).hasSize(2).last().asString().startsWith("answer is not whole");
    }

    @Test
    void anAnswerThatMayCallToolsIsKeptOnlyWhole() {
        ChatRequest withTools = ChatRequest.builder()
                .messages(UserMessage.from("?"))
                .toolSpecifications(ToolSpecification.builder().name("clock").build())
                .build();
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .profile(ModelProfile.local().can(ModelCapability.TOOLS).build())
                .says(ScriptedAnswer.of("a b c").withTokenProbabilities(1, 1, 1))
                .build();
        assertThat(decisions(cascade(small, EARLY).answer(Request.of(withTools))))
                .containsExactly("kept: mean token probability 1.00 >= 0.900 after 2 tokens");
    }

    @Test
    void signsThatAreRuledOutLetAnAnswerPassAndOthersHoldIt() {
        ScriptedEndpoint sure = small(1, 1, 1, 1);
        assertThat(decisions(cascade(sure, EARLY.unless(TextSignal.REFUSAL, TextSignal.EMPTY))
                        .answer("?")))
                .first()
                .asString()
                .startsWith("kept early");
        assertThat(decisions(cascade(sure, EARLY.unless(TextSignal.TRUNCATED)).answer("?")))
                .first()
                .asString()
                .startsWith("kept: ");
        ScriptedEndpoint refuses = ScriptedEndpoint.named("small")
                .says(ScriptedAnswer.of("I am sorry, no").withTokenProbabilities(1, 1, 1, 1))
                .build();
        assertThat(decisions(cascade(refuses, EARLY.unless(TextSignal.REFUSAL)).answer("?")))
                .containsExactly("deferred: answer is a refusal");
    }

    @Test
    void blanksBeforeTheFirstWordHoldNothingUp() {
        RunningJudge judge = EARLY.unless(TextSignal.EMPTY, TextSignal.REFUSAL).whileAnswering(Request.of("?"));
        TokenScores sure = TokenScores.of(new float[] {0});
        for (int i = 0; i < 200_000; i++) {
            assertThat(judge.hear("\n", sure)).isEmpty();
        }
        assertThat(judge.hear("Paris", sure)).isPresent();
    }

    @Test
    void twoRulesKeepEarlyOnceBothHave() {
        DeferralRule both =
                EARLY.and(meanTokenProbability().atLeast(0.5).keepEarly(0.95).after(4));
        Reply reply = cascade(small(1, 1, 1, 1, 1), both).answer("?");
        assertThat(decisions(reply).get(0)).startsWith("kept early").contains("after 2 tokens", "after 4 tokens");
    }

    @Test
    void aCallersOwnCancellationIsNoDeferral() {
        Cancellation cancellation = Cancellation.create();
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .plays((chat, context, tokens) -> {
                    cancellation.cancel();
                    tokens.accept("word", TokenScores.of(new float[] {-9, -9}));
                    throw new InterruptedException();
                })
                .build();
        assertThatThrownBy(() -> cascade(small, EARLY).answer(Request.of("?").cancelledBy(cancellation)))
                .isInstanceOf(CallCancelledException.class)
                .hasMessageContaining("by the caller");
    }

    @Test
    void aJudgeThatThrowsIsNamed() {
        DeferralRule rule = new DeferralRule() {
            @Override
            public Verdict judge(Request request, Reply reply) {
                return Verdict.keep("");
            }

            @Override
            public RunningJudge whileAnswering(Request request) {
                return (text, scores) -> {
                    throw new IllegalStateException("a bug");
                };
            }
        };
        assertThatThrownBy(() -> cascade(small(1), rule).answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("deferral rule of cascade threw");
    }

    @Test
    void budgetsAreSettledWithWhatTheStoppedStageSaid() {
        Budget budget = Budget.ofTokens(10_000);
        Reply reply =
                cascade(small(0.1, 0.1, 0.1), EARLY).answer(Request.of("?").within(budget));
        assertThat(budget.remainingTokens()).hasValue(10_000 - reply.cost().tokens());
    }

    @Test
    void refusesBoundariesOnTheWrongSide() {
        Threshold atLeast = meanTokenProbability().atLeast(0.6);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> atLeast.keepEarly(0.5))
                .withMessageContaining("0.6");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> atLeast.deferEarly(0.7))
                .withMessageContaining("0.6");
        assertThatIllegalArgumentException().isThrownBy(() -> atLeast.keepEarly(Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> atLeast.after(0));
        Threshold atMost = meanEntropy().atMost(1);
        assertThatIllegalArgumentException().isThrownBy(() -> atMost.keepEarly(1.5));
        assertThatIllegalArgumentException().isThrownBy(() -> atMost.deferEarly(0.5));
    }

    /** The law that makes early verdicts safe: however an answer comes in pieces, and whoever waits, the verdict is one. */
    @Property(seed = SEED, tries = 300)
    void aRunningVerdictIsThatOfTheWholeAnswer(
            @ForAll @Size(min = 1, max = 40) List<@DoubleRange(min = 0.01, max = 1) Double> probabilities,
            @ForAll @DoubleRange(min = 0, max = 1) double a,
            @ForAll @DoubleRange(min = 0, max = 1) double b,
            @ForAll @DoubleRange(min = 0, max = 1) double c,
            @ForAll @IntRange(min = 1, max = 12) int after,
            @ForAll @IntRange(min = 0, max = 2) int which,
            @ForAll @IntRange(min = 1, max = 5) int tokensAPiece) {
        double[] sorted = {a, b, c};
        Arrays.sort(sorted);
        ConfidenceMeasure measure = List.of(meanTokenProbability(), minimumTokenProbability(), sequenceProbability())
                .get(which);
        Threshold rule = measure.atLeast(sorted[1])
                .keepEarly(sorted[2])
                .deferEarly(sorted[0])
                .after(after);
        for (DeferralRule each :
                List.of(rule, measure.atLeast(sorted[1]), rule.unless(TextSignal.REFUSAL), rule.and(rule))) {
            double[] values = probabilities.stream().mapToDouble(p -> p).toArray();
            Reply whole = small(values).answer("?");
            Verdict verdict = each.judge(Request.of("?"), whole);
            Optional<Verdict> running = hear(each, whole, tokensAPiece);
            assertThat(running.map(Verdict::keeps).orElse(verdict.keeps())).isEqualTo(verdict.keeps());
            Reply blocking = cascade(small(values), each).answer("?");
            RecordingSink sink = new RecordingSink();
            Reply heard = cascade(small(values), each).answer(Request.of("?"), sink);
            assertThat(decisions(heard)).isEqualTo(decisions(blocking));
            assertThat(heard.author()).isEqualTo(blocking.author()).isEqualTo(verdict.keeps() ? "small" : "large");
            assertThat(heard.cost().tokens()).isEqualTo(blocking.cost().tokens());
            assertThat(sink.text()).isEqualTo(heard.text());
        }
    }

    private static Optional<Verdict> hear(DeferralRule rule, Reply whole, int tokensAPiece) {
        TokenScores scores = whole.evidence()
                .get(io.github.tandem4j.EvidenceKey.TOKEN_SCORES)
                .orElseThrow();
        RunningJudge judge = rule.whileAnswering(Request.of("?"));
        for (int from = 0; from < scores.size(); from += tokensAPiece) {
            int to = Math.min(scores.size(), from + tokensAPiece);
            Optional<Verdict> verdict = judge.hear("word ".repeat(to - from), scores.range(from, to));
            if (verdict.isPresent()) {
                return verdict;
            }
        }
        return Optional.empty();
    }
}
