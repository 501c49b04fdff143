package io.github.tandem4j.router.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.Views;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HeadsTest {

    static Stream<Scorer> scorers() {
        Features embedding = Planted.embedding("planted", 16);
        return Stream.of(
                Heads.ridge().over(embedding),
                Heads.ridge().over(Planted.embedding("wide", 700)), // more columns than rows
                Heads.ridge().over(Views.text()),
                Heads.trees().over(Views.text()),
                Heads.nearest().over(embedding),
                Heads.similarityWeighted().over(embedding),
                Heads.kernel().over(embedding),
                Heads.perceptron().over(embedding),
                Heads.factorisation().over(embedding),
                Heads.sparseRidge().over(Views.words()),
                Heads.sparseRidge().over(Views.characters()));
    }

    private static TrainedQuality trained(Scorer scorer, RecordedOutcomes outcomes) {
        return LearnedRouter.training(outcomes)
                .between(Planted.WEAK, Planted.STRONG)
                .scoring(scorer)
                .seed(7)
                .fit();
    }

    @ParameterizedTest
    @MethodSource("scorers")
    void learnsASignalAndNotNoise(Scorer scorer) {
        RecordedOutcomes test = Planted.outcomes(400, 2);

        assertThat(Planted.apgr(trained(scorer, Planted.outcomes(300, 1)), test))
                .as("%s, seeds 1 and 2", scorer)
                .isGreaterThan(0.63);

        TrainedQuality ofNoise = trained(scorer, Planted.noise(300, 3));
        double[] gains = ofNoise.gains(Planted.requests(test), done -> {});
        assertThat(Moments.deviation(gains)).as("spread of gains from noise").isLessThan(0.12);
    }

    @ParameterizedTest
    @MethodSource("scorers")
    void isTheSameForTheSameSeed(Scorer scorer) {
        RecordedOutcomes outcomes = Planted.outcomes(120, 1);
        double[] once = trained(scorer, outcomes).gains(Planted.requests(outcomes), done -> {});
        double[] again = trained(scorer, outcomes).gains(Planted.requests(outcomes), done -> {});

        assertThat(once).containsExactly(again);
    }

    @ParameterizedTest
    @MethodSource("scorers")
    void whatIsHeldOutDoesNotDependOnItsOwnOutcomes(Scorer scorer) {
        FeatureRows rows = scorer.read(Planted.requests(Planted.outcomes(90, 1)), done -> {});
        int[] parts = IntStream.range(0, 90).map(i -> i % 3).toArray();
        double[] target = IntStream.range(0, 90).mapToDouble(i -> i % 2).toArray();
        double[] other = IntStream.range(0, 90)
                .mapToDouble(i -> parts[i] == 0 ? 1 - target[i] : target[i])
                .toArray();
        int[] part = CrossFit.places(parts, 0, true);

        double[] once = scorer.head().heldOut(rows, new double[][] {target}, parts, 7)[0];
        double[] again = scorer.head().heldOut(rows, new double[][] {other}, parts, 7)[0];

        assertThat(CrossFit.at(again, part)).containsExactly(CrossFit.at(once, part), within(1e-6));
    }

    @ParameterizedTest
    @MethodSource("scorers")
    void learnsNothingOfAGap(Scorer scorer) {
        FeatureRows rows = scorer.read(Planted.requests(Planted.outcomes(120, 1)), done -> {});
        double[] whole = IntStream.range(0, 120).mapToDouble(i -> i % 2).toArray();
        double[] gaps = IntStream.range(0, 120)
                .mapToDouble(i -> i < 60 ? i % 2 : Double.NaN)
                .toArray();
        FittedHead half = scorer.head()
                .fit(rows.at(IntStream.range(0, 60).toArray()), new double[][] {CrossFit.at(whole, first(60))}, 7);
        FittedHead gapped = scorer.head().fit(rows, new double[][] {gaps}, 7);

        double[] predicted = gapped.predict(rows)[0];
        assertThat(predicted).doesNotContain(Double.NaN);
        assertThat(Moments.mean(predicted)).isBetween(0.2, 0.8); // zeros for gaps would take it to a quarter or less
        assertThat(half.predict(rows)[0]).hasSameSizeAs(predicted);
    }

    private static int[] first(int count) {
        return IntStream.range(0, count).toArray();
    }
}
