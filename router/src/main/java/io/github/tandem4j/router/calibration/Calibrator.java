package io.github.tandem4j.router.calibration;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.cascade.ConfidenceMeasure;
import io.github.tandem4j.router.QualityEstimator;
import java.nio.file.Path;

/**
 * Turns a score that only orders into a probability. Fit it on answers that nothing else was fitted on, and their labels.
 *
 * <pre>{@code
 * Calibrator calibrator = Calibrator.platt(scores, labels);
 * ConfidenceMeasure honest = calibrator.over(meanTokenProbability());
 * }</pre>
 *
 * <p>Scores are finite; labels are 0..1, the share by which an answer is right, and there are as many as scores. Immutable
 * and thread-safe.
 */
public sealed interface Calibrator permits PlattScaling, IsotonicRegression, TemperatureScaling {

    /** {@return the probability for this score, 0..1; a score that is not finite is refused with an {@link IllegalArgumentException}} */
    double probability(double score);

    /** {@return what it is, with its numbers} */
    String describe();

    /**
     * Platt's sigmoid, with his smoothed targets: two numbers, so that some dozens of rows will do. Keeps the order of the
     * scores.
     *
     * @see PlattScaling
     */
    static Calibrator platt(double[] scores, double[] labels) {
        return PlattScaling.fit(scores, labels);
    }

    /**
     * The best rising step function, by pool adjacent violators: no shape is assumed, so it needs many hundreds of rows.
     *
     * @see IsotonicRegression
     */
    static Calibrator isotonic(double[] scores, double[] labels) {
        return IsotonicRegression.fit(scores, labels);
    }

    /**
     * One number that makes probabilities bolder or more modest.
     *
     * @param probabilities 0..1 each
     * @see TemperatureScaling
     */
    static Calibrator temperature(double[] probabilities, double[] labels) {
        return TemperatureScaling.fit(probabilities, labels);
    }

    /** {@return the confidence as a calibrated probability; an unknown one stays unknown} */
    default Confidence apply(Confidence confidence) {
        return confidence.isKnown()
                ? Confidence.probability(probability(confidence.value()), "calibrated " + confidence.measure())
                : confidence;
    }

    /** {@return the measure, calibrated} */
    default ConfidenceMeasure over(ConfidenceMeasure measure) {
        return (request, reply) -> apply(measure.measure(request, reply));
    }

    /** {@return the estimator, calibrated} */
    default QualityEstimator overEstimates(QualityEstimator estimator) {
        return (request, endpoint) -> apply(estimator.estimate(request, endpoint));
    }

    /** {@return all that it is, as JSON} */
    ObjectNode toJson();

    /**
     * Reads what {@link #toJson} gave.
     *
     * @throws io.github.tandem4j.ModelFileException if it is none; the message begins with {@code from}
     */
    static Calibrator ofJson(ObjectNode json, String from) {
        return CalibratorJson.read(new JsonFields(json, from));
    }

    /** Writes it as a file: beside it first, and moved into place when it is whole. */
    default void save(Path file) {
        VersionedJson.write(file, CalibratorJson.FORMAT, CalibratorJson.VERSION, toJson());
    }

    /**
     * Reads a file that {@link #save} wrote.
     *
     * @throws io.github.tandem4j.ModelFileException if it cannot be read, or is none or of another version
     */
    static Calibrator load(Path file) {
        return ofJson(VersionedJson.read(file, CalibratorJson.FORMAT, CalibratorJson.VERSION), file.toString());
    }
}
