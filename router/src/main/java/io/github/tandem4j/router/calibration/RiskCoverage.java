package io.github.tandem4j.router.calibration;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How much is wrong among the answers that are kept, against how many are kept, as the threshold falls: the risk-coverage
 * curve of selective prediction (El-Yaniv and Wiener, JMLR 2010). Answers of one confidence are kept together. Immutable.
 */
public final class RiskCoverage {

    /**
     * A place on the curve.
     *
     * @param coverage the share of all answers that is kept, 0..1
     * @param risk the mean loss of those that are kept, 0..1; NaN if none is
     */
    public record Point(double coverage, double risk) {}

    private final double[] confidence;
    private final double[] lossUpTo;
    private final int rows;

    private RiskCoverage(double[] confidence, double[] lossUpTo, int rows) {
        this.confidence = confidence;
        this.lossUpTo = lossUpTo;
        this.rows = rows;
    }

    /**
     * The curve of a confidence.
     *
     * @param confidence one an answer, the higher the surer; NaN if it is not known, so that the answer is never kept
     * @param loss one an answer, 0..1; of answers that are right or wrong, 0 or 1
     * @throws IllegalArgumentException if there is no answer, or the lengths differ
     */
    public static RiskCoverage of(double[] confidence, double[] loss) {
        if (confidence.length == 0 || confidence.length != loss.length) {
            throw new IllegalArgumentException("there are " + confidence.length + " confidences and " + loss.length
                    + " losses; valid is one or more, and as many of each");
        }
        int[] order = IntStream.range(0, confidence.length)
                .filter(i -> !Double.isNaN(confidence[i]))
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -confidence[i]))
                .mapToInt(i -> i)
                .toArray();
        double[] sorted = new double[order.length];
        double[] sum = new double[order.length + 1];
        for (int i = 0; i < order.length; i++) {
            Labelled.requireUnit(loss[order[i]], "loss");
            sorted[i] = confidence[order[i]];
            sum[i + 1] = sum[i] + loss[order[i]];
        }
        return new RiskCoverage(sorted, sum, confidence.length);
    }

    /** {@return the place where answers of this confidence and above are kept} */
    public Point at(double threshold) {
        int kept = 0;
        int end = confidence.length;
        while (kept < end) { // the first that is below
            int middle = (kept + end) >>> 1;
            if (confidence[middle] >= threshold) {
                kept = middle + 1;
            } else {
                end = middle;
            }
        }
        return point(kept);
    }

    /** {@return about so many places, one or more, in even steps of coverage from the surest answers to all with a confidence} */
    public List<Point> points(int count) {
        List<Point> points = new ArrayList<>();
        int before = 0;
        for (int step = 1; step <= count; step++) {
            int kept = (int) Math.ceil((double) step * confidence.length / count);
            while (kept > 0 && kept < confidence.length && confidence[kept] == confidence[kept - 1]) {
                kept++;
            }
            if (kept > before) {
                points.add(point(kept));
                before = kept;
            }
        }
        return points;
    }

    /** {@return the mean risk over all coverages, 0..1 (AURC); of equal confidences as drawn in any order; NaN if none is known} */
    public double area() {
        double area = 0;
        int from = 0;
        while (from < confidence.length) {
            int to = from + 1;
            while (to < confidence.length && confidence[to] == confidence[from]) {
                to++;
            }
            double each = (lossUpTo[to] - lossUpTo[from]) / (to - from);
            for (int i = from; i < to; i++) {
                area += (lossUpTo[from] + (i + 1 - from) * each) / (i + 1);
            }
            from = to;
        }
        return confidence.length == 0 ? Double.NaN : area / confidence.length;
    }

    private Point point(int kept) {
        return new Point((double) kept / rows, kept == 0 ? Double.NaN : lossUpTo[kept] / kept);
    }
}
