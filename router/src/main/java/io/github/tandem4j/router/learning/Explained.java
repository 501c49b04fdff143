package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.calibration.CostQualityCurve;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** How well held-out estimates order and explain what came of the queries. */
final class Explained {

    private Explained() {}

    /** {@return of a pair the mean share of the gain that is recovered over all shares of strong calls (APGR), else the mean
     * quality of the choice} */
    static double by(double[][] estimates, double[][] targets, Team team) {
        return team.pair() ? apgr(estimates[1], targets[1]) : choice(estimates, targets);
    }

    static Map<String, Double> metrics(double[][] estimates, double[][] targets, Team team) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        if (team.pair()) {
            metrics.put("apgr", apgr(estimates[1], targets[1]));
        } else {
            metrics.put("quality_of_choice", choice(estimates, targets));
        }
        for (int m = 0; m < targets.length; m++) {
            String name = team.pair() && m == 1 ? "gain" : team.models().get(m);
            metrics.put("r2:" + name, determination(estimates[m], targets[m]));
        }
        return metrics;
    }

    /**
     * {@return {@link CostQualityCurve#apgr()} over the queries of which the gain is known; NaN if there is none}
     */
    static double apgr(double[] estimates, double[] gains) {
        int[] known = IntStream.range(0, gains.length)
                .filter(i -> !Double.isNaN(gains[i]))
                .toArray();
        double[] scores = Arrays.stream(known).mapToDouble(i -> estimates[i]).toArray();
        double[] gain = Arrays.stream(known).mapToDouble(i -> gains[i]).toArray();
        return known.length == 0
                ? Double.NaN
                : CostQualityCurve.of(scores, new double[known.length], gain).apgr();
    }

    /** The mean quality of whom the estimates would have chosen, over the queries of which all is known. */
    private static double choice(double[][] estimates, double[][] targets) {
        double sum = 0;
        int n = 0;
        for (int i = 0; i < targets[0].length; i++) {
            int at = i;
            if (Arrays.stream(targets).anyMatch(target -> Double.isNaN(target[at]))) {
                continue;
            }
            int best = 0;
            for (int m = 1; m < targets.length; m++) {
                best = estimates[m][i] > estimates[best][i] ? m : best;
            }
            sum += targets[best][i];
            n++;
        }
        return n == 0 ? Double.NaN : sum / n;
    }

    private static double determination(double[] estimates, double[] target) {
        double mean = Moments.mean(target);
        double rest = 0;
        double whole = 0;
        for (int i = 0; i < target.length; i++) {
            if (!Double.isNaN(target[i])) {
                rest += (target[i] - estimates[i]) * (target[i] - estimates[i]);
                whole += (target[i] - mean) * (target[i] - mean);
            }
        }
        return whole <= 0 ? 0 : 1 - rest / whole;
    }
}
