package io.github.tandem4j.router.cascades;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What is best after each set of answers, at a price of cost. The value of stopping is the likelihood that the latest
 * answer is right; that of asking a later stage is what is expected of it from there on, less its cost. It is worked out
 * backwards from the last stage: the value after a set of answers is the best of its steps, and what can be foreseen of it
 * one answer before is a regression on what is known there (fitted value iteration: Longstaff and Schwartz, 2001).
 */
final class Plan {

    private final double price;
    private final double[] costs;
    private final int start;
    private final Map<Integer, Step> steps;

    Plan(double price, double[] costs, int start, Map<Integer, Step> steps) {
        this.price = price;
        this.costs = costs;
        this.start = start;
        this.steps = steps;
    }

    /** {@return quality per cost of one call of the last stage} */
    double price() {
        return price;
    }

    /** {@return what each stage costs, as a share of the last one's} */
    double[] costs() {
        return costs;
    }

    /** {@return where to begin} */
    int start() {
        return start;
    }

    /** {@return what is known after each set of answers} */
    Map<Integer, Step> steps() {
        return steps;
    }

    /**
     * What is known after one set of answers.
     *
     * @param right that the latest answer is right
     * @param last that the last stage would be right
     * @param later the value of asking each stage between, without its cost
     */
    record Step(LinearModel right, LinearModel last, Map<Integer, LinearModel> later) {

        LinearModel later(int stage) {
            return Objects.requireNonNull(later.get(stage), "later");
        }
    }

    static Plan at(double price, AnswerModels models) {
        Examples examples = models.examples();
        int stages = examples.stages();
        double[] costs = new double[stages];
        for (int k = 0; k < stages; k++) {
            costs[k] = examples.meanCost(k) / examples.meanCost(stages - 1);
        }
        Map<Integer, Step> steps = new LinkedHashMap<>();
        Map<Integer, double[]> values = new HashMap<>();
        for (int visited : Visited.all(stages)) {
            double[][] features = models.features(visited);
            Map<Integer, LinearModel> later = new LinkedHashMap<>();
            for (int j = Visited.latest(visited) + 1; j < stages - 1; j++) {
                later.put(
                        j,
                        new Regression(features, models.prior())
                                .linear(Objects.requireNonNull(values.get(Visited.and(visited, j)), "values")));
            }
            AnswerModels.After after = models.after(visited);
            Step step = new Step(after.right(), after.last(), later);
            steps.put(visited, step);
            double[] best = new double[features.length];
            for (int i = 0; i < best.length; i++) {
                double[] each = values(step, Visited.latest(visited), features[i], price, costs);
                best[i] = each[best(each)];
            }
            values.put(visited, best);
        }
        int start = stages - 1;
        double best = examples.meanScore(stages - 1) - price;
        for (int k = stages - 2; k >= 0; k--) {
            double value = Arrays.stream(values.get(1 << k)).average().orElseThrow() - price * costs[k];
            if (value >= best) {
                best = value;
                start = k;
            }
        }
        return new Plan(price, costs, start, steps);
    }

    Step step(int visited) {
        return Objects.requireNonNull(steps.get(visited), "step");
    }

    /** {@return what each stage's step is worth: of the latest to stop, of a later one to ask it; of an earlier one nothing} */
    double[] values(int visited, double... features) {
        return values(step(visited), Visited.latest(visited), features, price, costs);
    }

    private static double[] values(Step step, int latest, double[] features, double price, double... costs) {
        int last = costs.length - 1;
        double[] values = new double[costs.length];
        Arrays.fill(values, 0, latest, Double.NEGATIVE_INFINITY);
        values[latest] = step.right().probability(features);
        for (int j = latest + 1; j < last; j++) {
            values[j] = step.later(j).at(features) - price * costs[j];
        }
        values[last] = step.last().probability(features) - price * costs[last];
        return values;
    }

    /** {@return the stage of the best step; of equals the earliest} */
    static int best(double... values) {
        int best = 0;
        for (int j = 1; j < values.length; j++) {
            best = values[j] > values[best] ? j : best;
        }
        return best;
    }
}
