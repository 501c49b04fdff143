package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Bootstrap;
import io.github.tandem4j.router.calibration.Interval;
import java.util.Arrays;
import java.util.List;

/** What became of each query in one way to answer. A NaN is not known. */
final class Course {

    final String name;
    final double[] score;
    final double[] cost;
    final double[] latencyMs;
    final double[] strong;

    Course(String name, int queries) {
        this.name = name;
        score = new double[queries];
        cost = new double[queries];
        latencyMs = new double[queries];
        strong = new double[queries];
    }

    /** {@return the one taken with a probability, else the other: expected values, and time as the likelier has it} */
    static Course mixed(String name, Course often, Course seldom, double shareOfSeldom) {
        Course mixed = new Course(name, often.score.length);
        for (int i = 0; i < mixed.score.length; i++) {
            mixed.score[i] = mix(often.score[i], seldom.score[i], shareOfSeldom);
            mixed.cost[i] = mix(often.cost[i], seldom.cost[i], shareOfSeldom);
            mixed.latencyMs[i] = Double.NaN; // a quantile of a mixture is no mixture of quantiles
            mixed.strong[i] = mix(often.strong[i], seldom.strong[i], shareOfSeldom);
        }
        return mixed;
    }

    private static double mix(double a, double b, double shareOfB) {
        return shareOfB == 0 ? a : shareOfB == 1 ? b : a + shareOfB * (b - a);
    }

    /** {@return for each query the one of the better score; of equals the cheaper, else the first} */
    static Course best(String name, Course first, Course second) {
        Course best = new Course(name, first.score.length);
        for (int i = 0; i < best.score.length; i++) {
            boolean takesSecond = second.score[i] > first.score[i]
                    || (second.score[i] == first.score[i] && second.cost[i] < first.cost[i]);
            best.take(takesSecond ? second : first, i);
        }
        return best;
    }

    void take(Course from, int query) {
        score[query] = from.score[query];
        cost[query] = from.cost[query];
        latencyMs[query] = from.latencyMs[query];
        strong[query] = from.strong[query];
    }

    /** {@return the same under another name} */
    Course named(String other) {
        Course copy = new Course(other, score.length);
        for (int i = 0; i < score.length; i++) {
            copy.take(this, i);
        }
        return copy;
    }

    double meanStrong() {
        return Arrays.stream(strong).average().orElse(Double.NaN);
    }

    Figures figures(Course oracle, Bootstrap bootstrap) {
        double[] regret = new double[score.length];
        Arrays.setAll(regret, i -> oracle.score[i] - score[i]);
        double[] times =
                Arrays.stream(latencyMs).filter(Double::isFinite).sorted().toArray();
        List<Interval> means = bootstrap.means(List.of(score, cost, strong, regret));
        return new Figures(
                name,
                means.get(0),
                means.get(1),
                (int) Arrays.stream(cost).filter(Double::isNaN).count(),
                quantile(times, 0.5),
                quantile(times, 0.95),
                means.get(2),
                means.get(3));
    }

    private static double quantile(double[] sorted, double q) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.ceil(q * sorted.length) - 1];
    }
}
