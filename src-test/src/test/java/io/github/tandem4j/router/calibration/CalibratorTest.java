package io.github.tandem4j.router.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalibratorTest {

    private static final double[] SCORES = {
        3.061, -3.833, 0.627, -0.852, -0.679, -0.323, -3.03, -0.348, -1.298, 4.984, 0.339, -0.529, -0.422, -1.002,
        -1.583, -0.586, 0.723, -0.358, 1.437, -0.3, 0.036, 2.319, 0.818, -0.758
    };
    private static final double[] LABELS = {1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1};

    @TempDir
    private Path folder;

    /** The expected numbers are those of scikit-learn 1.9.1, whose sigmoid has the opposite sign. */
    @Test
    void plattIsThatOfScikitLearn() {
        PlattScaling platt = (PlattScaling) Calibrator.platt(SCORES, LABELS);
        assertThat(platt.slope()).isCloseTo(0.7269120365865461, within(1e-4));
        assertThat(platt.intercept()).isCloseTo(0.10527123952266583, within(1e-4));
    }

    /** The expected numbers are those of scikit-learn 1.9.1 with out_of_bounds='clip'. */
    @ParameterizedTest
    @CsvSource({
        "-3, 0",
        "-1, 0",
        "-0.5, 0.5555555556",
        "0, 0.5952380952",
        "0.3, 0.6",
        "0.7, 0.6",
        "1.2, 0.8468497577",
        "4, 1"
    })
    void isotonicIsThatOfScikitLearn(double score, double expected) {
        assertThat(Calibrator.isotonic(SCORES, LABELS).probability(score)).isCloseTo(expected, within(1e-9));
    }

    @Test
    void aTemperatureUndoesExaggeration() {
        SplittableRandom random = new SplittableRandom(5);
        double[] exaggerated = new double[20_000];
        double[] labels = new double[exaggerated.length];
        for (int i = 0; i < labels.length; i++) {
            double odds = 4 * random.nextDouble() - 2;
            exaggerated[i] = Labelled.sigmoid(2.5 * odds);
            labels[i] = random.nextDouble() < Labelled.sigmoid(odds) ? 1 : 0;
        }
        TemperatureScaling scaling = (TemperatureScaling) Calibrator.temperature(exaggerated, labels);
        assertThat(scaling.temperature()).isCloseTo(2.5, within(0.15));
        assertThat(scaling.probability(0.5)).isEqualTo(0.5);
        assertThat(scaling.probability(1)).isBetween(0.9, 1.0);
    }

    @Property(tries = 200)
    void isotonicRisesKeepsTheMeanAndIsItsOwnFit(
            @ForAll @Size(min = 1, max = 60) List<@DoubleRange(min = -5, max = 5) Double> scores, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] x = scores.stream().mapToDouble(s -> Math.round(s)).toArray(); // with ties
        double[] y = Arrays.stream(x).map(s -> random.nextDouble()).toArray();
        Calibrator fit = Calibrator.isotonic(x, y);
        double[] fitted = Arrays.stream(x).map(fit::probability).toArray();
        double[] byScore = Arrays.stream(x).sorted().map(fit::probability).toArray();
        for (int i = 1; i < byScore.length; i++) {
            assertThat(byScore[i]).isGreaterThanOrEqualTo(byScore[i - 1]);
        }
        assertThat(Arrays.stream(fitted).average().orElseThrow())
                .isCloseTo(Arrays.stream(y).average().orElseThrow(), within(1e-9));
        Calibrator again = Calibrator.isotonic(x, fitted);
        for (double score : x) {
            assertThat(again.probability(score)).isCloseTo(fit.probability(score), within(1e-9));
        }
        // No other rising function is nearer: neither a shift, nor half of the way to a line.
        double error = squared(fitted, y);
        double[] shifted = Arrays.stream(fitted).map(p -> p + 0.01).toArray();
        double[] bent = new double[x.length];
        Arrays.setAll(bent, i -> (fitted[i] + (x[i] + 5) / 10) / 2);
        assertThat(error)
                .isLessThanOrEqualTo(squared(shifted, y) + 1e-12)
                .isLessThanOrEqualTo(squared(bent, y) + 1e-12);
    }

    private static double squared(double[] fitted, double[] labels) {
        double sum = 0;
        for (int i = 0; i < labels.length; i++) {
            sum += (fitted[i] - labels[i]) * (fitted[i] - labels[i]);
        }
        return sum;
    }

    @Test
    void calibratedScoresAreMoreHonestThanTheScoresWere() {
        SplittableRandom random = new SplittableRandom(11);
        double[] scores = new double[4000];
        double[] labels = new double[scores.length];
        for (int i = 0; i < scores.length; i++) {
            double truth = random.nextDouble();
            scores[i] = Math.sqrt(truth);
            labels[i] = random.nextDouble() < truth ? 1 : 0;
        }
        double[] first = Arrays.copyOf(scores, 2000);
        double[] rest = Arrays.copyOfRange(scores, 2000, 4000);
        double[] truth = Arrays.copyOfRange(labels, 2000, 4000);
        double before = Reliability.of(rest, truth)
                .ece(Reliability.Binning.EQUAL_MASS, 1)
                .value();
        assertThat(before).isGreaterThan(0.1);
        for (Calibrator calibrator : List.of(
                Calibrator.platt(first, Arrays.copyOf(labels, 2000)),
                Calibrator.isotonic(first, Arrays.copyOf(labels, 2000)))) {
            double[] calibrated =
                    Arrays.stream(rest).map(calibrator::probability).toArray();
            Interval after = Reliability.of(calibrated, truth).ece(Reliability.Binning.EQUAL_MASS, 1);
            assertThat(after.value()).as(calibrator.describe()).isLessThan(0.05);
        }
    }

    @Test
    void survivesAFileAndExtremeInput() {
        double[] separable = {-1e300, -1, 0, 1, 1e300};
        double[] labels = {0, 0, 0.5, 1, 1};
        for (Calibrator calibrator : List.of(
                Calibrator.platt(separable, labels),
                Calibrator.isotonic(separable, labels),
                Calibrator.temperature(new double[] {0, 0.2, 0.5, 0.9, 1}, labels))) {
            Path file = folder.resolve("calibrator.json");
            calibrator.save(file);
            assertThat(Calibrator.load(file)).isEqualTo(calibrator);
            assertThat(calibrator.probability(0.3)).isBetween(0.0, 1.0);
        }
    }

    @Test
    void makesAProbabilityOfARawScoreAndNothingOfNothing() {
        Calibrator platt = new PlattScaling(2, 0);
        assertThat(platt.apply(Confidence.rawScore(0, "margin")))
                .isEqualTo(Confidence.probability(0.5, "calibrated margin"));
        assertThat(platt.apply(Confidence.unknown("no scores")).isKnown()).isFalse();
    }

    @Test
    void refusesWhatIsNoSample() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Calibrator.platt(new double[] {1, Double.NaN}, new double[] {0, 1}))
                .withMessageContaining("score of row 1 is NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Calibrator.isotonic(new double[] {1}, new double[] {2}))
                .withMessageContaining("label of row 0 is 2.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Calibrator.isotonic(new double[] {1}, new double[] {}))
                .withMessageContaining("1 scores have 0 labels");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Calibrator.temperature(new double[] {1.5}, new double[] {1}))
                .withMessageContaining("1.5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PlattScaling(1, 0).probability(Double.POSITIVE_INFINITY));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{                                                                                | is no JSON",
                "[]                                                                               | is no JSON object",
                "{\"format\":\"tandem calibrator\",\"version\":2}                                 | of version 2",
                "{\"format\":\"tandem certificate\",\"version\":1}                                | is of format tandem certificate",
                "{\"format\":\"tandem calibrator\",\"version\":1,\"kind\":\"magic\"}              | kind is magic",
                "{\"format\":\"tandem calibrator\",\"version\":1,\"kind\":\"platt\",\"slope\":\"1\"} | in field slope",
                "{\"format\":\"tandem calibrator\",\"version\":1,\"kind\":\"platt\",\"slope\":1e999,\"intercept\":0} | slope",
                "{\"format\":\"tandem calibrator\",\"version\":1,\"kind\":\"temperature\",\"temperature\":-1} | temperature is -1.0",
                "{\"format\":\"tandem calibrator\",\"version\":1,\"kind\":\"isotonic\",\"scores\":[2,1],\"probabilities\":[0,1]} | pools fall",
                "{\"format\":\"tandem calibrator\",\"version\":1,\"version\":1}                   | is no JSON"
            })
    void refusesAFileThatIsNoCalibrator(String content, String why) throws IOException {
        Path file = Files.writeString(folder.resolve("calibrator.json"), content);
        assertThatThrownBy(() -> Calibrator.load(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("calibrator.json")
                .hasMessageContaining(why);
    }

    @Test
    void refusesAFileThatIsNotThere() {
        assertThatThrownBy(() -> Calibrator.load(folder.resolve("none.json")))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("there is no file");
    }
}
