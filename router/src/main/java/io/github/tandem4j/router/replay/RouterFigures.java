package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Bootstrap;
import io.github.tandem4j.router.calibration.CostQualityCurve;
import io.github.tandem4j.router.calibration.Hull;
import io.github.tandem4j.router.calibration.Interval;
import io.github.tandem4j.router.calibration.RiskCoverage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a score is worth for routing between two models. See {@link CostQualityCurve} for the terms.
 *
 * @param apgr the area under the gap recovered, exactly
 * @param apgrOnDeciles the same on RouteLLM's eleven thresholds
 * @param oracleApgr what knowing the outcomes would reach; above one where the strong model is not always the better one
 * @param cpt20 the least share of strong calls that recovers 20 % of the gap
 * @param cpt50 that recovers half of it
 * @param cpt80 that recovers 80 % of it
 * @param aiq the mean quality along the convex hull of the curve, over cost where all costs are known, else over the
 *     share of strong calls
 * @param savedAt95 the share of strong calls saved where the quality is 95 % of the strong model's
 * @param bands the curve at shares of strong calls from 0 to 1, with intervals
 * @param oracle the oracle's curve at the same shares
 * @param reliability estimated gain against real gain, in ten parts of like size
 * @param risk what was wrong among the queries that stay with the weak model, surest first, by their share
 */
public record RouterFigures(
        Interval apgr,
        double apgrOnDeciles,
        double oracleApgr,
        Interval cpt20,
        Interval cpt50,
        Interval cpt80,
        double aiq,
        double savedAt95,
        List<Band> bands,
        List<CostQualityCurve.Point> oracle,
        List<Bin> reliability,
        List<Risk> risk) {

    private static final int STEPS = 50;

    /** A place on the curve: a share of strong calls, and the quality there. */
    public record Band(double strongShare, Interval quality) {}

    /** Queries of like estimates: their mean estimated gain, their mean gain, and how many they are. */
    public record Bin(double estimated, double real, int queries) {}

    /** A share of queries that stays with the weak model, and the mean of 1 − score among them. */
    public record Risk(double weakShare, double error) {}

    static RouterFigures of(double[] scores, Course weak, Course strong, Bootstrap bootstrap) {
        CostQualityCurve curve = CostQualityCurve.of(scores, weak.score, strong.score);
        CostQualityCurve oracle = CostQualityCurve.ofOracle(weak.score, strong.score);
        double[] gain = new double[scores.length];
        Arrays.setAll(gain, i -> strong.score[i] - weak.score[i]);
        int r = bootstrap.resamples();
        double[] shares = new double[STEPS + 1];
        Arrays.setAll(shares, i -> (double) i / STEPS);
        double[] apgr = new double[r];
        double[][] cpt = new double[3][r];
        double[][] qualities = new double[shares.length][r];
        bootstrap.each((at, times) -> {
            apgr[at] = curve.apgr(times);
            cpt[0][at] = curve.cpt(0.2, times);
            cpt[1][at] = curve.cpt(0.5, times);
            cpt[2][at] = curve.cpt(0.8, times);
            double[] there = curve.qualities(shares, times);
            for (int i = 0; i < there.length; i++) {
                qualities[i][at] = there[i];
            }
        });
        List<Band> bands = new ArrayList<>();
        List<CostQualityCurve.Point> best = new ArrayList<>();
        int[] once = Bootstrap.once(scores.length);
        double[] quality = curve.qualities(shares, once);
        double[] bestQuality = oracle.qualities(shares, once);
        for (int i = 0; i < shares.length; i++) {
            bands.add(new Band(shares[i], interval(quality[i], qualities[i])));
            best.add(new CostQualityCurve.Point(shares[i], bestQuality[i]));
        }
        return new RouterFigures(
                interval(curve.apgr(), apgr),
                curve.apgrOnDeciles(scores),
                oracle.apgr(),
                interval(curve.cpt(0.2), cpt[0]),
                interval(curve.cpt(0.5), cpt[1]),
                interval(curve.cpt(0.8), cpt[2]),
                aiq(curve, weak.cost, strong.cost),
                1 - curve.firstShareAt(0.95 * curve.strongQuality()),
                bands,
                best,
                bins(scores, gain),
                risk(scores, weak.score));
    }

    private static Interval interval(double value, double[] resampled) {
        return Interval.percentile(value, resampled, Bootstrap.LEVEL);
    }

    /** {@return up to ten parts of like size, by rising estimate; equal estimates stay together} */
    static List<Bin> bins(double[] estimated, double[] real) {
        Integer[] order = order(estimated);
        List<Bin> bins = new ArrayList<>();
        int n = estimated.length;
        int parts = Math.min(10, n);
        int from = 0;
        for (int b = 0; b < parts; b++) {
            int to = end(estimated, order, from, (int) ((long) (b + 1) * n / parts));
            if (to <= from) {
                continue; // the part before has taken these too
            }
            double estimates = 0;
            double came = 0;
            for (int i = from; i < to; i++) {
                estimates += estimated[order[i]];
                came += real[order[i]];
            }
            bins.add(new Bin(estimates / (to - from), came / (to - from), to - from));
            from = to;
        }
        return bins;
    }

    /** {@return where a part ends so that it cuts through no equal estimates: before these, or behind them if all are equal} */
    private static int end(double[] estimated, Integer[] order, int from, int wanted) {
        int to = wanted;
        while (to > from && to < order.length && estimated[order[to]] == estimated[order[to - 1]]) {
            to--;
        }
        if (to == from) {
            to = wanted;
            while (to > from && to < order.length && estimated[order[to]] == estimated[order[to - 1]]) {
                to++;
            }
        }
        return to;
    }

    /** Over the mean cost of a query; over the share of strong calls where a cost is not known. */
    private static double aiq(CostQualityCurve curve, double[] weakCost, double[] strongCost) {
        boolean known = Double.isFinite(
                Arrays.stream(weakCost).sum() + Arrays.stream(strongCost).sum());
        return Hull.aiq(
                known
                        ? curve.costs(weakCost, strongCost)
                        : curve.points().stream()
                                .map(point -> new Hull.Point(point.strongShare(), point.quality()))
                                .toList());
    }

    private static List<Risk> risk(double[] scores, double[] weak) {
        double[] sure = new double[scores.length];
        double[] loss = new double[scores.length];
        Arrays.setAll(sure, i -> -scores[i]);
        Arrays.setAll(loss, i -> 1 - weak[i]);
        return RiskCoverage.of(sure, loss).points(STEPS).stream()
                .map(point -> new Risk(point.coverage(), point.risk()))
                .toList();
    }

    private static Integer[] order(double[] scores) {
        Integer[] order = new Integer[scores.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Double.compare(scores[a], scores[b]));
        return order;
    }
}
