package io.github.tandem4j.router.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The bootstrap's resamples as multiplicities: how often each query is drawn. Queries of a group are drawn together, so
 * that an interval counts the groups and not the queries in them.
 */
final class Resampling {

    /** One resample. */
    interface Statistic {
        /** @param times how often each query was drawn; do not keep it */
        void take(int resample, int[] times);
    }

    private final int queries;
    private final int[][] groups;
    private final int resamples;
    private final long seed;

    private Resampling(int queries, int[][] groups, int resamples, long seed) {
        this.queries = queries;
        this.groups = groups;
        this.resamples = resamples;
        this.seed = seed;
    }

    static Resampling byQuery(int queries, int resamples, long seed) {
        return new Resampling(queries, new int[0][], resamples, seed);
    }

    /** @param groupOf the group of each query */
    static Resampling byGroup(List<String> groupOf, int resamples, long seed) {
        Map<String, List<Integer>> byName = new LinkedHashMap<>();
        for (int i = 0; i < groupOf.size(); i++) {
            byName.computeIfAbsent(groupOf.get(i), name -> new ArrayList<>()).add(i);
        }
        int[][] groups = byName.values().stream()
                .map(members -> members.stream().mapToInt(i -> i).toArray())
                .toArray(int[][]::new);
        return new Resampling(groupOf.size(), groups, resamples, seed);
    }

    int resamples() {
        return resamples;
    }

    void each(Statistic statistic) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] times = new int[queries];
        for (int r = 0; r < resamples; r++) {
            Arrays.fill(times, 0);
            if (groups.length == 0) {
                for (int i = 0; i < queries; i++) {
                    times[random.nextInt(queries)]++;
                }
            } else {
                for (int g = 0; g < groups.length; g++) {
                    for (int i : groups[random.nextInt(groups.length)]) {
                        times[i]++;
                    }
                }
            }
            statistic.take(r, times);
        }
    }

    /** {@return the mean of these values, NaN left out, with its interval} */
    Interval mean(double[] values) {
        return means(List.of(values)).get(0);
    }

    /** {@return the mean of each of these, over the same resamples, which are drawn once} */
    List<Interval> means(List<double[]> values) {
        double[][] means = new double[values.size()][resamples];
        each((r, times) -> {
            for (int v = 0; v < means.length; v++) {
                means[v][r] = mean(values.get(v), times);
            }
        });
        int[] once = new int[queries];
        Arrays.fill(once, 1);
        List<Interval> intervals = new ArrayList<>();
        for (int v = 0; v < means.length; v++) {
            intervals.add(Interval.of(mean(values.get(v), once), means[v]));
        }
        return intervals;
    }

    static double mean(double[] values, int[] times) {
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
}
