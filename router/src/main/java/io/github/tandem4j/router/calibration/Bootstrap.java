package io.github.tandem4j.router.calibration;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * The bootstrap (Efron, 1979): how far a statistic moves when its rows are drawn again with replacement. A resample is
 * given as multiplicities, how often each row is drawn; rows of a group are drawn together, so that an interval counts
 * the groups and not the rows in them. Intervals are those of the percentiles, and hold 95 of 100. Right for large
 * samples; for a rate from few rows take {@link Bounds#clopperPearson}.
 *
 * <p>Immutable: every run draws the same resamples.
 */
public final class Bootstrap {

    /** The level of its intervals. */
    public static final double LEVEL = 0.95;

    private static final int RESAMPLES = 1000;
    private static final int FEWEST = 10;

    /** What is done with a resample. */
    @FunctionalInterface
    public interface Visitor {

        /**
         * Takes one resample.
         *
         * @param resample its number, from 0
         * @param times how often each row was drawn; the array is used again for the next, so do not keep it
         */
        void take(int resample, int[] times);
    }

    private final int rows;
    private final int[][] groups;
    private final int resamples;
    private final long seed;

    private Bootstrap(int rows, int[][] groups, int resamples, long seed) {
        if (rows < 1 || resamples < FEWEST) {
            throw new IllegalArgumentException(rows + " rows and " + resamples
                    + " resamples; valid is 1 row or more and " + FEWEST + " resamples or more");
        }
        this.rows = rows;
        this.groups = groups;
        this.resamples = resamples;
        this.seed = seed;
    }

    /** {@return 1,000 resamples of so many rows, one or more} */
    public static Bootstrap ofRows(int rows, long seed) {
        return ofRows(rows, RESAMPLES, seed);
    }

    /** {@return so many resamples, ten or more, of so many rows, one or more} */
    public static Bootstrap ofRows(int rows, int resamples, long seed) {
        return new Bootstrap(rows, new int[0][], resamples, seed);
    }

    /**
     * {@return resamples of groups}
     *
     * @param groupOf the group of each row
     * @throws IllegalArgumentException if there are fewer than two groups: one that is always drawn moves nothing, and
     *     would make an interval without width
     */
    public static Bootstrap ofGroups(List<String> groupOf, int resamples, long seed) {
        Map<String, List<Integer>> byName = new LinkedHashMap<>();
        for (int i = 0; i < groupOf.size(); i++) {
            byName.computeIfAbsent(groupOf.get(i), name -> new ArrayList<>()).add(i);
        }
        if (byName.size() < 2) {
            throw new IllegalArgumentException(
                    "there are " + byName.size() + " groups to draw from; valid is two or more");
        }
        int[][] groups = byName.values().stream()
                .map(members -> members.stream().mapToInt(i -> i).toArray())
                .toArray(int[][]::new);
        return new Bootstrap(groupOf.size(), groups, resamples, seed);
    }

    /** {@return how many resamples there are} */
    public int resamples() {
        return resamples;
    }

    /** Draws the resamples, one after the other. */
    public void each(Visitor visitor) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] times = new int[rows];
        for (int r = 0; r < resamples; r++) {
            Arrays.fill(times, 0);
            if (groups.length == 0) {
                for (int i = 0; i < rows; i++) {
                    times[random.nextInt(rows)]++;
                }
            } else {
                for (int g = 0; g < groups.length; g++) {
                    for (int i : groups[random.nextInt(groups.length)]) {
                        times[i]++;
                    }
                }
            }
            visitor.take(r, times);
        }
    }

    /**
     * {@return the statistic of all rows, with its interval}
     *
     * @param statistic of rows that are drawn so often; what it gives as NaN is left out
     */
    public Interval interval(ToDoubleFunction<int[]> statistic) {
        double[] values = new double[resamples];
        each((r, times) -> values[r] = statistic.applyAsDouble(times));
        return Interval.percentile(statistic.applyAsDouble(once(rows)), values, LEVEL);
    }

    /** {@return the mean of these values, one a row, NaN left out, with its interval} */
    public Interval mean(double[] values) {
        return means(List.of(values)).get(0);
    }

    /** {@return the mean of each of these, over the same resamples, which are drawn once} */
    public List<Interval> means(List<double[]> values) {
        double[][] means = new double[values.size()][resamples];
        each((r, times) -> {
            for (int v = 0; v < means.length; v++) {
                means[v][r] = mean(values.get(v), times);
            }
        });
        int[] once = once(rows);
        List<Interval> intervals = new ArrayList<>();
        for (int v = 0; v < means.length; v++) {
            intervals.add(Interval.percentile(mean(values.get(v), once), means[v], LEVEL));
        }
        return intervals;
    }

    /** {@return the mean of the values that are known, each counted so often; NaN if there is none} */
    public static double mean(double[] values, int[] times) {
        double sum = 0;
        long n = 0;
        for (int i = 0; i < values.length; i++) {
            if (times[i] > 0 && !Double.isNaN(values[i])) {
                sum += times[i] * values[i];
                n += times[i];
            }
        }
        return n == 0 ? Double.NaN : sum / n;
    }

    /** {@return each of so many rows drawn once: all of them as they are} */
    public static int[] once(int rows) {
        int[] once = new int[rows];
        Arrays.fill(once, 1);
        return once;
    }
}
