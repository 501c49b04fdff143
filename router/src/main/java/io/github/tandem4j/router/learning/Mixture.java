package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The average of some opinions, each in its own standard deviations, brought back to the scale of the targets by a line
 * through what was held out. Opinions that say nothing about held-out rows get the slope zero, so that the estimate is the
 * mean of the target.
 */
final class Mixture {

    private final List<Opinion> opinions;
    private final Familiarity task;
    private final double[] priors;
    private final double[] slopes;

    Mixture(List<Opinion> opinions, Familiarity task, double[] priors, double[] slopes) {
        this.opinions = List.copyOf(opinions);
        this.task = task;
        this.priors = priors;
        this.slopes = slopes;
    }

    List<Opinion> opinions() {
        return opinions;
    }

    /** {@return what kind of text the task's prompts are} */
    Familiarity task() {
        return task;
    }

    double[] priors() {
        return priors;
    }

    double[] slopes() {
        return slopes;
    }

    /** What a mixture learned from, seen from outside: for each target and row the estimate without that row. */
    static final class HeldOut {

        private final double[][][] scores;
        private final double[][] means;
        private final double[][] spreads;
        private final double[] priors;
        private final double[] slopes;
        private final double[][] estimates;

        private HeldOut(double[][][] scores, double[][] targets) {
            this.scores = scores;
            means = new double[scores.length][targets.length];
            spreads = new double[scores.length][targets.length];
            priors = new double[targets.length];
            slopes = new double[targets.length];
            estimates = new double[targets.length][];
            for (int t = 0; t < targets.length; t++) {
                estimates[t] = mix(targets[t], t);
            }
        }

        double[][] estimates() {
            return estimates;
        }

        private double[] mix(double[] target, int t) {
            double[] mixed = new double[target.length];
            for (int s = 0; s < scores.length; s++) {
                double[] score = scores[s][t];
                means[s][t] = Moments.mean(score);
                spreads[s][t] = Moments.deviation(score);
                for (int i = 0; i < mixed.length && spreads[s][t] > 1e-12; i++) {
                    mixed[i] += (score[i] - means[s][t]) / spreads[s][t] / scores.length;
                }
            }
            Moments.Line line = Moments.line(mixed, target);
            priors[t] = line.mean();
            slopes[t] = line.slope();
            for (int i = 0; i < mixed.length; i++) {
                mixed[i] = priors[t] + slopes[t] * mixed[i];
            }
            return mixed;
        }
    }

    /** {@return the mixture of what each opinion, by itself, predicted of the rows that it had not seen} */
    static HeldOut heldOut(List<double[][]> scores, double[][] targets) {
        return new HeldOut(scores.toArray(double[][][]::new), targets);
    }

    static Mixture fit(
            List<Scorer> scorers,
            List<FeatureRows> rows,
            FeatureRows text,
            double[][] targets,
            HeldOut heldOut,
            long seed) {
        List<Opinion> opinions = new ArrayList<>();
        for (int s = 0; s < scorers.size(); s++) {
            opinions.add(new Opinion(
                    scorers.get(s),
                    scorers.get(s).head().fit(rows.get(s), targets, seed),
                    Familiarity.with(rows.get(s), seed),
                    heldOut.means[s],
                    heldOut.spreads[s]));
        }
        return new Mixture(opinions, Familiarity.with(text, seed), heldOut.priors, heldOut.slopes);
    }

    /**
     * {@return for each target one estimate a row}
     *
     * @param rows for each opinion its view
     * @param text the signs of the text, by which the kind of task is known again
     * @param familiarity takes for each opinion and row how familiar it is
     */
    double[][] estimate(List<FeatureRows> rows, FeatureRows text, double[][] familiarity) {
        int size = rows.get(0).size();
        double[] familiarTask =
                IntStream.range(0, size).mapToDouble(i -> task.of(text, i)).toArray();
        double[][] estimates = new double[priors.length][size];
        for (int o = 0; o < opinions.size(); o++) {
            double[][] scores = opinions.get(o).standardised(rows.get(o), familiarTask, familiarity[o]);
            for (int t = 0; t < priors.length; t++) {
                for (int i = 0; i < size; i++) {
                    estimates[t][i] += scores[t][i] / opinions.size();
                }
            }
        }
        for (int t = 0; t < priors.length; t++) {
            for (int i = 0; i < size; i++) {
                estimates[t][i] = priors[t] + slopes[t] * estimates[t][i];
            }
        }
        return estimates;
    }
}
