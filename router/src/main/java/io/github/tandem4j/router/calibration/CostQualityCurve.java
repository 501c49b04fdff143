package io.github.tandem4j.router.calibration;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a score is worth at every threshold: queries are given to the strong model in the order of their score, highest
 * first, and the quality of the whole is followed from none to all of them.
 *
 * <ul>
 *   <li>PGR, the performance gap recovered: the quality above the weak model's, as a share of what the strong model is
 *       above it. It is not defined where the strong model is not the better one.
 *   <li>APGR: its area over the share of strong calls, exactly, over all distinct scores. Of queries with one score a part
 *       is taken at random, so that the curve is a line between distinct scores, and a constant score has .5.
 *   <li>CPT(x): the least share of strong calls at which PGR is x for the first time.
 * </ul>
 *
 * <p>Immutable.
 *
 * @see <a href="https://arxiv.org/abs/2406.18665">RouteLLM</a>, which defines the three
 */
public final class CostQualityCurve {

    /**
     * A point of the curve.
     *
     * @param strongShare the share of queries that the strong model answers, 0..1
     * @param quality the mean score over all queries, 0..1
     */
    public record Point(double strongShare, double quality) {}

    private final int[] order;
    private final int[] groupEnds;
    private final double[] weak;
    private final double[] gain;

    private CostQualityCurve(int[] order, int[] groupEnds, double[] weak, double[] gain) {
        this.order = order;
        this.groupEnds = groupEnds;
        this.weak = weak;
        this.gain = gain;
    }

    /**
     * The curve of a score.
     *
     * @param scores one a query, any finite number: the higher, the more the strong model is worth asking
     * @param weak the quality of the weak model's answers, 0..1
     * @param strong the quality of the strong model's answers, 0..1
     * @throws IllegalArgumentException if there is no query, the lengths differ or a number is not finite
     */
    public static CostQualityCurve of(double[] scores, double[] weak, double[] strong) {
        int n = scores.length;
        if (n == 0 || weak.length != n || strong.length != n) {
            throw new IllegalArgumentException("there are " + n + " scores, " + weak.length + " and " + strong.length
                    + " qualities; valid is one or more, and as many of each");
        }
        double[] gain = new double[n];
        for (int i = 0; i < n; i++) {
            gain[i] = strong[i] - weak[i];
            if (!Double.isFinite(scores[i]) || !Double.isFinite(gain[i])) {
                throw new IllegalArgumentException("query " + i + " has score " + scores[i] + " and qualities "
                        + weak[i] + " and " + strong[i] + "; valid are finite numbers");
            }
        }
        int[] order = IntStream.range(0, n)
                .boxed()
                .sorted((a, b) -> Double.compare(scores[b], scores[a]))
                .mapToInt(i -> i)
                .toArray();
        int[] ends = IntStream.rangeClosed(1, n)
                .filter(i -> i == n || scores[order[i]] != scores[order[i - 1]])
                .toArray();
        return new CostQualityCurve(order, ends, weak.clone(), gain);
    }

    /** {@return the curve of one who knows the outcomes: no score can do better} */
    public static CostQualityCurve ofOracle(double[] weak, double[] strong) {
        double[] gain = new double[weak.length];
        Arrays.setAll(gain, i -> strong[i] - weak[i]);
        return of(gain, weak, strong);
    }

    /** {@return the mean quality of the weak model} */
    public double weakQuality() {
        return mean(weak);
    }

    /** {@return the mean quality of the strong model} */
    public double strongQuality() {
        return mean(weak) + mean(gain);
    }

    /** {@return the area under PGR; NaN if the strong model is not the better one} */
    public double apgr() {
        return apgr(once());
    }

    /**
     * {@return the share of strong calls at which this share of the gap is recovered for the first time; NaN if the strong
     * model is not the better one}
     *
     * @param pgr 0..1
     */
    public double cpt(double pgr) {
        return cpt(pgr, once());
    }

    /** {@return PGR at this share of strong calls, 0..1; NaN if the strong model is not the better one} */
    public double pgr(double strongShare) {
        double gap = mean(gain);
        return gap > 0 ? (quality(strongShare) - weakQuality()) / gap : Double.NaN;
    }

    /** {@return the mean quality at this share of strong calls, 0..1} */
    public double quality(double strongShare) {
        List<Point> points = points();
        for (int i = 1; i < points.size(); i++) {
            Point to = points.get(i);
            if (strongShare <= to.strongShare()) {
                Point from = points.get(i - 1);
                double part = (strongShare - from.strongShare()) / (to.strongShare() - from.strongShare());
                return from.quality() + part * (to.quality() - from.quality());
            }
        }
        return points.get(points.size() - 1).quality();
    }

    /**
     * {@return APGR as RouteLLM's scripts have it, from eleven thresholds at the deciles of the score}: close to {@link
     * #apgr()} for scores that differ, and coarser where many are equal
     */
    public double apgrOnDeciles(double[] scores) {
        double[] sorted = scores.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        double gap = mean(gain);
        double area = 0;
        double shareBefore = 0;
        double pgrBefore = 0;
        for (int d = 10; d >= 0; d--) {
            double place = d / 10.0 * (n - 1);
            int below = (int) place;
            double threshold = sorted[below] + (place - below) * (sorted[Math.min(below + 1, n - 1)] - sorted[below]);
            double sum = 0;
            int calls = 0;
            for (int i = 0; i < n; i++) {
                if (d == 10 ? scores[i] > threshold : scores[i] >= threshold) {
                    sum += gain[i];
                    calls++;
                }
            }
            double share = (double) calls / n;
            double pgr = sum / n / gap;
            area += (share - shareBefore) * (pgr + pgrBefore) / 2;
            shareBefore = share;
            pgrBefore = pgr;
        }
        return gap > 0 ? area : Double.NaN;
    }

    /** {@return the corners of the curve, from no strong call to all} */
    public List<Point> points() {
        List<Point> points = new ArrayList<>(groupEnds.length + 1);
        int n = order.length;
        double quality = weakQuality();
        points.add(new Point(0, quality));
        double sum = 0;
        int from = 0;
        for (int end : groupEnds) {
            for (; from < end; from++) {
                sum += gain[order[from]];
            }
            points.add(new Point((double) end / n, quality + sum / n));
        }
        return points;
    }

    /** {@return the least share of strong calls at which the quality is this; 1 if it never is} */
    public double firstShareAt(double quality) {
        Point before = null;
        for (Point point : points()) {
            if (point.quality() >= quality) {
                return before == null
                        ? 0
                        : before.strongShare()
                                + (quality - before.quality())
                                        / (point.quality() - before.quality())
                                        * (point.strongShare() - before.strongShare());
            }
            before = point;
        }
        return 1;
    }

    /**
     * {@return the corners by mean cost of a query, in the unit of the costs}
     *
     * @param weakCost what the weak model's answer to each query costs
     * @param strongCost what the strong model's answer costs
     */
    public List<Hull.Point> costs(double[] weakCost, double[] strongCost) {
        List<Hull.Point> points = new ArrayList<>(groupEnds.length + 1);
        List<Point> corners = points();
        double cost = mean(weakCost);
        points.add(new Hull.Point(cost, corners.get(0).quality()));
        int from = 0;
        for (int g = 0; g < groupEnds.length; g++) {
            for (; from < groupEnds[g]; from++) {
                int i = order[from];
                cost += (strongCost[i] - weakCost[i]) / order.length;
            }
            points.add(new Hull.Point(cost, corners.get(g + 1).quality()));
        }
        return points;
    }

    /** {@return {@link #apgr()} of a {@linkplain Bootstrap resample}} */
    public double apgr(int[] times) {
        double recovered = 0;
        double area = 0;
        long n = 0;
        int from = 0;
        for (int end : groupEnds) {
            double more = 0;
            long calls = 0;
            for (; from < end; from++) {
                int i = order[from];
                more += times[i] * gain[i];
                calls += times[i];
            }
            area += (recovered + more / 2) * calls;
            recovered += more;
            n += calls;
        }
        return recovered > 0 ? area / (recovered * n) : Double.NaN;
    }

    /** {@return {@link #cpt(double)} of a {@linkplain Bootstrap resample}} */
    public double cpt(double pgr, int[] times) {
        double gap = 0;
        long n = 0;
        for (int i = 0; i < gain.length; i++) {
            gap += times[i] * gain[i];
            n += times[i];
        }
        if (!(gap > 0)) {
            return Double.NaN;
        }
        double wanted = pgr * gap;
        double recovered = 0;
        long calls = 0;
        int from = 0;
        for (int end : groupEnds) {
            double more = 0;
            long moreCalls = 0;
            for (; from < end; from++) {
                int i = order[from];
                more += times[i] * gain[i];
                moreCalls += times[i];
            }
            if (recovered + more >= wanted && recovered < wanted) {
                return (calls + (wanted - recovered) / more * moreCalls) / n;
            }
            recovered += more;
            calls += moreCalls;
        }
        return wanted <= 0 ? 0 : 1; // rounding may leave the last corner a hair below the gap
    }

    /** {@return {@link #quality} at these shares of strong calls, in rising order, of a {@linkplain Bootstrap resample}} */
    public double[] qualities(double[] shares, int[] times) {
        double base = 0;
        long n = 0;
        for (int i = 0; i < weak.length; i++) {
            base += times[i] * weak[i];
            n += times[i];
        }
        double[] qualities = new double[shares.length];
        double recovered = 0;
        long calls = 0;
        int from = 0;
        int next = 0;
        for (int end : groupEnds) {
            double more = 0;
            long moreCalls = 0;
            for (; from < end; from++) {
                int i = order[from];
                more += times[i] * gain[i];
                moreCalls += times[i];
            }
            while (next < shares.length && shares[next] * n <= calls + moreCalls) {
                double part = moreCalls == 0 ? 0 : (shares[next] * n - calls) / moreCalls;
                qualities[next++] = (base + recovered + part * more) / n;
            }
            recovered += more;
            calls += moreCalls;
        }
        while (next < shares.length) {
            qualities[next++] = (base + recovered) / n;
        }
        return qualities;
    }

    private int[] once() {
        return Bootstrap.once(order.length);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).sum() / values.length;
    }
}
