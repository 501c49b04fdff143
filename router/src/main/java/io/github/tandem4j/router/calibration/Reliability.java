package io.github.tandem4j.router.calibration;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How honest probabilities are: what was foreseen against what came. Measure it on answers that the calibrator was not
 * fitted on. Immutable.
 */
public final class Reliability {

    /** How probabilities are put into bins. */
    public enum Binning {
        /** Bins of as many answers each: the error of each is known equally well. */
        EQUAL_MASS,
        /** Bins of the same width, as most publications have them; empty ones are left out. */
        EQUAL_WIDTH
    }

    /**
     * Answers of like probability: a point of a reliability plot.
     *
     * @param low the least probability in it, or the lower edge of a bin of fixed width
     * @param high the largest, or the upper edge
     * @param foreseen the mean probability, 0..1
     * @param came the mean label, 0..1
     * @param count how many answers there are, one or more
     */
    public record Bin(double low, double high, double foreseen, double came, int count) {}

    /** Past this a wrong answer costs no more, so that one at probability 0 does not cost infinitely much. */
    private static final double EDGE = 1e-15;

    private static final int BINS = 15;

    private final double[] probabilities;
    private final double[] labels;

    private Reliability(double[] probabilities, double[] labels) {
        this.probabilities = probabilities;
        this.labels = labels;
    }

    /**
     * Compares probabilities with what came.
     *
     * @param probabilities 0..1 each, one or more
     * @param labels 0..1 each, as many
     */
    public static Reliability of(double[] probabilities, double[] labels) {
        Labelled.require(probabilities, labels, 1);
        for (double probability : probabilities) {
            Labelled.requireUnit(probability, "probability");
        }
        return new Reliability(probabilities.clone(), labels.clone());
    }

    /** {@return how many answers were compared} */
    public int size() {
        return labels.length;
    }

    /** {@return the mean squared error of the probabilities, 0..1 (Brier, 1950), with its 95 % bootstrap interval} */
    public Interval brier(long seed) {
        return mean(i -> (probabilities[i] - labels[i]) * (probabilities[i] - labels[i]), seed);
    }

    /** {@return the mean negative log-likelihood in nats, zero or more, with its 95 % bootstrap interval} */
    public Interval logLoss(long seed) {
        return mean(
                i -> {
                    double p = Math.min(1 - EDGE, Math.max(EDGE, probabilities[i]));
                    return -labels[i] * Math.log(p) - (1 - labels[i]) * Math.log1p(-p);
                },
                seed);
    }

    /**
     * {@return the expected calibration error, 0..1: the mean distance of foreseen and came over 15 bins, weighted by
     * count, with its 95 % bootstrap interval} Of few rows it is above 0 even for honest probabilities, and the interval
     * is shifted upwards with it.
     */
    public Interval ece(Binning binning, long seed) {
        return ece(binning, BINS, seed);
    }

    /** {@return the expected calibration error over this many bins, one or more; see {@link #ece(Binning, long)}} */
    public Interval ece(Binning binning, int bins, long seed) {
        requireBins(bins);
        // Sorted once: a resample of places in this order is sorted by probability.
        int[] order = order();
        return Bootstrap.ofRows(size(), seed).interval(times -> {
            int[] sorted = new int[size()];
            int next = 0;
            for (int i = 0; i < order.length; i++) {
                Arrays.fill(sorted, next, next + times[i], order[i]);
                next += times[i];
            }
            double sum = 0;
            for (Bin bin : bins(binning, bins, sorted)) {
                sum += bin.count() * Math.abs(bin.foreseen() - bin.came());
            }
            return sum / sorted.length;
        });
    }

    /** {@return the points of a reliability plot, by rising probability; at most this many, one or more} */
    public List<Bin> bins(Binning binning, int bins) {
        requireBins(bins);
        return bins(binning, bins, order());
    }

    private List<Bin> bins(Binning binning, int bins, int[] sorted) {
        List<Bin> result = new ArrayList<>(bins);
        int from = 0;
        for (int bin = 0; bin < bins; bin++) {
            int to = from;
            if (binning == Binning.EQUAL_MASS) {
                to = (int) ((long) sorted.length * (bin + 1) / bins);
            } else {
                while (to < sorted.length && (int) Math.min(bins - 1, probabilities[sorted[to]] * bins) <= bin) {
                    to++;
                }
            }
            if (to > from) {
                double low = binning == Binning.EQUAL_MASS ? probabilities[sorted[from]] : (double) bin / bins;
                double high = binning == Binning.EQUAL_MASS ? probabilities[sorted[to - 1]] : (bin + 1.0) / bins;
                result.add(bin(sorted, from, to, low, high));
            }
            from = to;
        }
        return result;
    }

    private Bin bin(int[] sorted, int from, int to, double low, double high) {
        double foreseen = 0;
        double came = 0;
        for (int i = from; i < to; i++) {
            foreseen += probabilities[sorted[i]];
            came += labels[sorted[i]];
        }
        int count = to - from;
        return new Bin(low, high, foreseen / count, came / count, count);
    }

    private int[] order() {
        return IntStream.range(0, size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> probabilities[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private Interval mean(ToDoubleFunction<Integer> of, long seed) {
        double[] each = new double[size()];
        Arrays.setAll(each, of::applyAsDouble);
        return Bootstrap.ofRows(size(), seed).mean(each);
    }

    private static void requireBins(int bins) {
        if (bins < 1) {
            throw new IllegalArgumentException("bins are " + bins + "; valid is 1 or more");
        }
    }

    /** {@return the errors in words, without intervals} */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d answers, ECE %.3f, Brier %.3f, log loss %.3f",
                size(),
                ece(Binning.EQUAL_MASS, 0).value(),
                brier(0).value(),
                logLoss(0).value());
    }
}
