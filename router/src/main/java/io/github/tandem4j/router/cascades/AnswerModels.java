package io.github.tandem4j.router.cascades;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** How likely, after each set of answers, the latest one is right, and the last stage's would be. Knows no price. */
final class AnswerModels {

    /**
     * After one set of answers.
     *
     * @param right that the latest answer is right
     * @param last that the last stage would be right
     */
    record After(LinearModel right, LinearModel last) {}

    private final Examples examples;
    private final double prior;
    private final StageEvidence evidence;
    private final Map<Integer, double[][]> features = new HashMap<>();
    private final Map<Integer, After> models = new HashMap<>();

    private AnswerModels(Examples examples, double prior) {
        this.examples = examples;
        this.prior = prior;
        evidence = examples.evidence();
    }

    static AnswerModels fit(Examples examples, double prior) {
        AnswerModels fitted = new AnswerModels(examples, prior);
        for (int visited : Visited.all(examples.stages())) {
            double[][] rows = features(examples, fitted.evidence, visited);
            Regression regression = new Regression(rows, prior);
            fitted.features.put(visited, rows);
            fitted.models.put(
                    visited,
                    new After(
                            regression.logistic(
                                    examples.scoresOf(Visited.latest(visited)),
                                    StageEvidence.rising(Integer.bitCount(visited))),
                            regression.logistic(examples.scoresOf(examples.stages() - 1))));
        }
        return fitted;
    }

    private static double[][] features(Examples examples, StageEvidence evidence, int visited) {
        double[][] rows = new double[examples.size()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = evidence.of(visited, examples.answers()[i]);
        }
        return rows;
    }

    Examples examples() {
        return examples;
    }

    /** {@return the precision of the prior on a standardised weight, in examples} */
    double prior() {
        return prior;
    }

    StageEvidence evidence() {
        return evidence;
    }

    double[][] features(int visited) {
        return Objects.requireNonNull(features.get(visited), "features");
    }

    After after(int visited) {
        return Objects.requireNonNull(models.get(visited), "models");
    }
}
