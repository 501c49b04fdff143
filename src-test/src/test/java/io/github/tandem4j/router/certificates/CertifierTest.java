package io.github.tandem4j.router.certificates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.EvaluationData;
import io.github.tandem4j.router.calibration.Bounds;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CertifierTest {

    /** Fewer laws, but as many draws of each: so each is held to the same bound. */
    private static final int LAWS = Boolean.getBoolean("tandem.thorough") ? 40 : 10;

    private static final Certifier CERTIFIER =
            Certifier.wrongAtMost(0.1).delta(0.1).model("small");

    private static CalibrationRows rows(int count, IntFunction<LabelledAnswer> each) {
        return CalibrationRows.of(IntStream.range(0, count).mapToObj(each).toList());
    }

    /** How scores and losses may be distributed; the adversary's put the risk where it hurts. */
    private enum Law {
        /** The surer, the better. */
        HONEST {
            @Override
            LabelledAnswer draw(SplittableRandom random) {
                double s = random.nextDouble();
                return LabelledAnswer.of(s, random.nextDouble() < 0.5 + 0.5 * s);
            }
        },
        /** Five scores in all, and the risk passes alpha from one to the next. */
        TIED {
            @Override
            LabelledAnswer draw(SplittableRandom random) {
                int s = random.nextInt(5);
                return LabelledAnswer.of(s, random.nextDouble() >= new double[] {0.6, 0.3, 0.11, 0.1, 0.1}[s]);
            }
        },
        /** The risk is a little more than alpha everywhere: whatever is certified breaks the promise. */
        JUST_TOO_BAD {
            @Override
            LabelledAnswer draw(SplittableRandom random) {
                return LabelledAnswer.of(random.nextDouble(), random.nextDouble() >= 0.1001);
            }
        },
        /** A cliff: perfect above, worthless below. */
        CLIFF {
            @Override
            LabelledAnswer draw(SplittableRandom random) {
                double s = random.nextDouble();
                return LabelledAnswer.of(s, s > 0.6);
            }
        },
        /** The surest are the worst, then come good ones, then bad ones: the risk crosses alpha several times. */
        OVERCONFIDENT {
            @Override
            LabelledAnswer draw(SplittableRandom random) {
                double s = random.nextDouble();
                return LabelledAnswer.of(s, random.nextDouble() >= (s > 0.8 ? 0.14 : s > 0.5 ? 0.075 : 0.3));
            }
        },
        /** Stretches of bad thresholds, of about as many rows as the start has. */
        SAWTOOTH {
            @Override
            LabelledAnswer draw(SplittableRandom random) {
                double s = random.nextDouble();
                return LabelledAnswer.of(s, random.nextDouble() >= ((int) (s * 8) % 2 == 1 ? 0.18 : 0.03));
            }
        },
        /** Grades instead of right and wrong. */
        GRADED {
            @Override
            LabelledAnswer draw(SplittableRandom random) {
                double s = random.nextDouble();
                double lacks = Math.min(1, (1 - s) * 0.5 * random.nextDouble());
                return new LabelledAnswer(Math.round(s * 50), 1 - lacks);
            }
        },
        /** Grades whose mean is a little more than alpha at every score, mostly by a few that are quite wrong. */
        GRADED_JUST_TOO_BAD {
            @Override
            LabelledAnswer draw(SplittableRandom random) {
                return new LabelledAnswer(random.nextDouble(), random.nextDouble() < 0.08 ? 0 : 0.978);
            }
        };

        abstract LabelledAnswer draw(SplittableRandom random);
    }

    @ParameterizedTest
    @EnumSource(Law.class)
    void thePromiseIsBrokenInNoMoreThanDeltaOfTheDraws(Law law) {
        SplittableRandom random = new SplittableRandom(17);
        List<LabelledAnswer> population = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            population.add(law.draw(random));
        }
        ScoredLosses truth = new ScoredLosses(population);
        int splits = law.name().startsWith("GRADED") ? 300 : 2000;
        double delta = 0.1;
        double[] lossOfFirst = new double[truth.size() + 1];
        for (int kept = 0; kept < truth.size(); kept++) {
            lossOfFirst[kept + 1] = lossOfFirst[kept] + truth.loss(kept);
        }
        FixedSequence sequence = (law.name().startsWith("GRADED") ? CERTIFIER.gradedLoss() : CERTIFIER).sequence();
        int broken = 0;
        for (int split = 0; split < splits; split++) {
            List<LabelledAnswer> drawn = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                drawn.add(population.get(random.nextInt(population.size())));
            }
            FixedSequence.Passed passed = sequence.boldest(new ScoredLosses(drawn));
            if (passed != null) {
                int kept = kept(truth, passed.threshold());
                broken += lossOfFirst[kept] > 0.1 * kept ? 1 : 0;
            }
        }
        assertThat((double) broken / splits).isLessThanOrEqualTo(delta + 3 * Math.sqrt(delta * (1 - delta) / splits));
    }

    /** How many are at least as sure, of which the surest come first. */
    private static int kept(ScoredLosses truth, double threshold) {
        int from = 0;
        int to = truth.size();
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (truth.score(middle) >= threshold) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    /**
     * Losses that are made to break a start by rank: good answers on top, then a bad stretch that lifts the risk of all that is
     * kept above alpha just about where the start falls, then good ones again that hide it, then bad ones. The seed is the
     * test's; as many as forty laws are looked at, so each may miss by four standard errors.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thePromiseIsKeptWhereTheRiskRisesAndFallsWithTheConfidence(boolean startIsGiven) {
        SplittableRandom random = new SplittableRandom(23);
        double alpha = 0.1;
        double delta = 0.1;
        int n = 250;
        int splits = 1500;
        Certifier certifier = startIsGiven
                ? CERTIFIER.startingFrom(IntStream.range(0, 500)
                        .mapToDouble(i -> random.nextDouble())
                        .toArray())
                : CERTIFIER;
        FixedSequence sequence = certifier.sequence();
        assertThat(sequence.starts(n)).isNotEmpty();
        int certified = 0;
        for (int law = 0; law < LAWS; law++) {
            double top = (sequence.starts(n).get(0).rank() + 6.0 * random.nextDouble() - 3) / n;
            double width = 0.01 + 0.1 * random.nextDouble();
            // Of the top share and the stretch together a little more than alpha is wrong.
            double onTop = 0.08 * random.nextDouble();
            double inStretch = Math.min(1, (1.02 * alpha * (top + width) - onTop * top) / width);
            double[] ends = {top, top + width, 0.7, 1};
            double[] risks = {onTop, inStretch, 0.03, 0.9};
            int broken = 0;
            for (int split = 0; split < splits; split++) {
                List<LabelledAnswer> drawn = new ArrayList<>();
                for (int i = 0; i < n; i++) {
                    double u = random.nextDouble();
                    int part = 0;
                    while (u >= ends[part]) {
                        part++;
                    }
                    drawn.add(LabelledAnswer.of(1 - u, random.nextDouble() >= risks[part]));
                }
                FixedSequence.Passed passed = sequence.boldest(new ScoredLosses(drawn));
                if (passed != null) {
                    certified++;
                    broken += risk(1 - passed.threshold(), ends, risks) > alpha ? 1 : 0;
                }
            }
            assertThat((double) broken / splits)
                    .as("law %d: %s, %s", law, Arrays.toString(ends), Arrays.toString(risks))
                    .isLessThanOrEqualTo(delta + 4 * Math.sqrt(delta * (1 - delta) / splits));
        }
        assertThat(certified).as("the promise is not kept by giving none").isPositive();
    }

    /** The risk of what is kept up to this share, exactly. */
    private static double risk(double kept, double[] ends, double[] risks) {
        double wrong = 0;
        double from = 0;
        for (int i = 0; i < ends.length && from < kept; i++) {
            wrong += (Math.min(kept, ends[i]) - from) * risks[i];
            from = ends[i];
        }
        return wrong / kept;
    }

    @ParameterizedTest
    @ValueSource(strings = {"cascade-mmlu-llama-train.jsonl.gz", "cascade-triviaqa-qwen-openai-train.jsonl.gz"})
    void thePromiseHoldsOnRecordedOutcomes(String file) {
        RecordedOutcomes outcomes = RecordedOutcomes.read(EvaluationData.outcomes(file));
        for (String model : outcomes.models()) {
            PromiseTrial trial = PromiseTrial.run(
                    Certifier.wrongAtMost(0.2).delta(0.1), CalibrationRows.of(outcomes, model), 400, 3, done -> {});
            assertThat((double) trial.violations() / 400)
                    .as("%s: %s", model, trial)
                    .isLessThanOrEqualTo(0.1 + 3 * Math.sqrt(0.1 * 0.9 / 400));
            assertThat(trial.localShare().mean()).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void certifiesTheThresholdWhoseBoundIsAtMostAlpha() {
        CalibrationRows rows = rows(400, i -> LabelledAnswer.of(400 - i, i < 300 ? i % 25 != 0 : i % 2 == 0));
        Certificate certificate = CERTIFIER.certify(rows).orElseThrow();
        assertThat(certificate.kept()).isGreaterThan(300);
        assertThat(certificate.bound())
                .isEqualTo(Bounds.clopperPearsonUpper((int) certificate.wrong(), certificate.kept(), 0.1))
                .isLessThanOrEqualTo(0.1);
        assertThat(certificate.threshold()).isEqualTo(401 - certificate.kept());
        assertThat(certificate.rows()).isEqualTo(400);
    }

    @Property(tries = 100)
    void theOrderOfTheRowsDoesNotMatter(@ForAll @IntRange(min = 30, max = 200) int count, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<LabelledAnswer> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(LabelledAnswer.of(random.nextInt(20), random.nextDouble() < 0.97));
        }
        List<LabelledAnswer> reversed = new ArrayList<>(answers);
        Collections.reverse(reversed);
        FixedSequence sequence = CERTIFIER.sequence();
        assertThat(sequence.boldest(new ScoredLosses(reversed))).isEqualTo(sequence.boldest(new ScoredLosses(answers)));
    }

    @Test
    void answersOfTheSameConfidenceAreKeptTogetherOrNotAtAll() {
        // Thirty right ones alone would do, but thirty wrong ones are as sure.
        CalibrationRows rows = rows(60, i -> LabelledAnswer.of(1, i < 30));
        assertThat(CERTIFIER.certify(rows)).isInstanceOf(Refusal.class);
    }

    @Test
    void answersThatWouldNotBeJudgedAreNotKept() {
        CalibrationRows rows = rows(200, i -> i < 100 ? LabelledAnswer.of(0.5, true) : LabelledAnswer.deferred(0));
        Certificate certificate = CERTIFIER.certify(rows).orElseThrow();
        assertThat(certificate.kept()).isEqualTo(100);
        assertThat(rows.deferred()).isEqualTo(100);
    }

    @Test
    void aRefusalSaysHowManyMoreLabelsItTakesAndWhatAnyMethodMustDefer() {
        Refusal few = (Refusal) CERTIFIER.certify(rows(30, i -> LabelledAnswer.of(i, i % 15 != 7)));
        assertThat(few.moreLabels()).isPresent();
        int more = (int) few.moreLabels().getAsLong();
        assertThat(CERTIFIER.certify(rows(30 + 2 * more, i -> LabelledAnswer.of(i, i % 15 != 7))))
                .as("twice as many as were asked for, that look like these")
                .isInstanceOf(Certificate.class);

        Refusal hopeless = (Refusal) CERTIFIER.certify(rows(200, i -> LabelledAnswer.of(i, i % 2 == 0)));
        assertThat(hopeless.moreLabels()).isEmpty();
        assertThat(hopeless.leastDeferred()).isCloseTo((0.5 - 0.1) / 0.9, within(1e-12));
        assertThat(hopeless.why()).contains("no number of labels would do", "defer at least 0.444");
        assertThatThrownBy(hopeless::orElseThrow)
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(hopeless.why());
    }

    @Test
    void aStartFromOtherTrafficIsAsGoodAsOneByRank() {
        SplittableRandom random = new SplittableRandom(5);
        CalibrationRows rows = rows(3000, i -> Law.HONEST.draw(random));
        double[] traffic = IntStream.range(0, 2000)
                .mapToDouble(i -> Law.HONEST.draw(random).confidence())
                .toArray();
        Certificate byRank = CERTIFIER.certify(rows).orElseThrow();
        Certificate byTraffic = CERTIFIER.startingFrom(traffic).certify(rows).orElseThrow();
        assertThat(byTraffic.threshold()).isCloseTo(byRank.threshold(), within(0.1));
    }

    @Test
    void gradedAnswersAreBoundedByBetting() {
        CalibrationRows rows = rows(300, i -> new LabelledAnswer(300 - i, i < 200 ? 0.96 : 0.5));
        Certificate certificate = CERTIFIER.gradedLoss().certify(rows).orElseThrow();
        assertThat(certificate.isGraded()).isTrue();
        assertThat(certificate.kept()).isBetween(180, 230);
        assertThat(certificate.bound()).isLessThanOrEqualTo(0.1);
        assertThat(CERTIFIER
                        .gradedLoss()
                        .certify(rows(100, i -> LabelledAnswer.of(i, true)))
                        .orElseThrow()
                        .isGraded())
                .isTrue();
    }

    @Test
    void whichTestIsUsedIsSaidAndNotReadOffTheRows() {
        CalibrationRows graded = rows(300, i -> new LabelledAnswer(300 - i, i == 40 ? 0.96 : 1));
        assertThatThrownBy(() -> CERTIFIER.certify(graded))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        "quality of calibration row 41 is 0.96, and answers are taken to be right or wrong; valid is 1"
                                + " or 0, or a certifier of gradedLoss()");
        assertThatThrownBy(() -> PromiseTrial.run(CERTIFIER, graded, 10, 1, done -> {}))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("gradedLoss()");
        CalibrationRows right = rows(300, i -> LabelledAnswer.of(300 - i, true));
        assertThat(CERTIFIER.certify(right).orElseThrow().isGraded()).isFalse();
        assertThat(CERTIFIER.gradedLoss().certify(right).orElseThrow().isGraded())
                .isTrue();
    }

    @Test
    void refusesFewerThanThirtyRowsAndNumbersOutOfRange() {
        assertThatThrownBy(() -> CERTIFIER.certify(rows(29, i -> LabelledAnswer.of(i, true))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("29 calibration rows; valid is 30 or more");
        assertThat(CERTIFIER.certify(rows(30, i -> LabelledAnswer.of(i, true)))).isNotNull();
        for (double bad : new double[] {0, 1, -0.1, 2, Double.NaN}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Certifier.wrongAtMost(bad))
                    .withMessageContaining("alpha");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> CERTIFIER.delta(bad))
                    .withMessageContaining("delta");
            assertThatIllegalArgumentException().isThrownBy(() -> CERTIFIER.withConfidence(bad));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LabelledAnswer.of(Double.NaN, true))
                .withMessageContaining("NaN");
        assertThatIllegalArgumentException().isThrownBy(() -> new LabelledAnswer(1, 1.5));
        assertThatThrownBy(() -> Certifier.wrongAtMost(0.1).certify(rows(40, i -> LabelledAnswer.of(i, true))))
                .hasMessageContaining("no model");
        assertThatIllegalArgumentException().isThrownBy(() -> CERTIFIER.startingFrom(1, 2, 3));
        assertThatThrownBy(() -> PromiseTrial.run(CERTIFIER, rows(59, i -> LabelledAnswer.of(i, true)), 10, 1, d -> {}))
                .hasMessageContaining("59 rows");
    }

    @Test
    void readsRecordedOutcomesWithTheirGaps() {
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            RecordedQuery query = RecordedQuery.of("q" + i, "Question " + i);
            RecordedOutcome outcome = RecordedOutcome.scored(1).response(i == 3 ? " " : "yes");
            queries.add(i == 0 ? query : query.outcome("small", i < 3 ? outcome : outcome.confidence(i)));
        }
        CalibrationRows rows = CalibrationRows.of(RecordedOutcomes.of(queries), "small");
        assertThat(rows.size()).isEqualTo(49);
        assertThat(rows.gaps()).isEqualTo(1);
        assertThat(rows.deferred())
                .as("two without a confidence and an empty one")
                .isEqualTo(3);
        assertThatThrownBy(() -> CalibrationRows.of(RecordedOutcomes.of(queries), "large"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no query has an outcome of large");
        RecordedQuery unsure = RecordedQuery.of("x", "?").outcome("small", RecordedOutcome.scored(1));
        assertThatThrownBy(() -> CalibrationRows.of(RecordedOutcomes.of(List.of(unsure)), "small"))
                .hasMessageContaining("has a confidence");
    }
}
