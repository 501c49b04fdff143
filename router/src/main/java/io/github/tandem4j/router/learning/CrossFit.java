package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Parts of data for cross-fitting: what is predicted was never learned from. */
public final class CrossFit {

    private CrossFit() {}

    /**
     * {@return for each query its part, 0 to {@code parts} − 1} Queries of one {@linkplain RecordedQuery#wording wording} are
     * in one part, whatever their ids. Where there are fewer wordings than parts, the last parts are empty.
     *
     * @param parts two or more
     */
    public static int[] byQuery(List<RecordedQuery> queries, int parts, long seed) {
        return by(RecordedQuery::wording, queries, parts, seed);
    }

    /**
     * {@return for each query its part, whole subjects together; a query without one stands by itself} A wording of two
     * subjects joins them.
     */
    public static int[] bySubject(List<RecordedQuery> queries, int parts, long seed) {
        return by(query -> query.subject().orElse("\n" + query.wording()), queries, parts, seed);
    }

    /** The largest groups first, those of one size in an order of chance, each to the smallest part so far. */
    private static int[] by(Function<RecordedQuery, String> group, List<RecordedQuery> queries, int parts, long seed) {
        if (parts < 2) {
            throw new IllegalArgumentException(parts + " parts to cross-fit; valid are two or more");
        }
        List<List<Integer>> groups = Together.of(queries, group).groups();
        if (groups.size() < 2) {
            throw new IllegalArgumentException(queries.size() + " queries are " + groups.size()
                    + " group to cross-fit; valid are two or more that may be parted");
        }
        Collections.shuffle(groups, new Random(seed));
        groups.sort((a, b) -> Integer.compare(b.size(), a.size())); // stable
        int[] part = new int[queries.size()];
        int[] sizes = new int[parts];
        for (List<Integer> members : groups) {
            int smallest = 0;
            for (int p = 1; p < parts; p++) {
                smallest = sizes[p] < sizes[smallest] ? p : smallest;
            }
            for (int member : members) {
                part[member] = smallest;
            }
            sizes[smallest] += members.size();
        }
        return part;
    }

    /**
     * {@return what was predicted of each row, less how far the mean that its part was predicted from is off the mean of all}
     * A part is predicted from the others, whose mean runs against its own: predictions of several parts, put into one order
     * as they are, would rank below chance where nothing can be known.
     *
     * @param predicted for each target one number a row
     */
    static double[][] withoutPriors(double[][] predicted, double[][] targets, int[] parts) {
        double[][] level = new double[predicted.length][parts.length];
        int last = Arrays.stream(parts).max().orElse(-1);
        for (int t = 0; t < predicted.length; t++) {
            double mean = Moments.mean(targets[t]);
            for (int part = 0; part <= last; part++) {
                double off = Moments.mean(at(targets[t], places(parts, part, false))) - mean;
                for (int i : places(parts, part, true)) {
                    level[t][i] = (float) (predicted[t][i] - off); // so that what was equal stays equal
                }
            }
        }
        return level;
    }

    /** {@return the places outside this part, or in it} */
    static int[] places(int[] parts, int part, boolean inside) {
        return IntStream.range(0, parts.length)
                .filter(i -> (parts[i] == part) == inside)
                .toArray();
    }

    static double[] at(double[] values, int[] places) {
        return Arrays.stream(places).mapToDouble(i -> values[i]).toArray();
    }

    static int[] at(int[] values, int[] places) {
        return Arrays.stream(places).map(i -> values[i]).toArray();
    }

    static double[][] at(double[][] targets, int[] places) {
        return Arrays.stream(targets).map(target -> at(target, places)).toArray(double[][]::new);
    }

    static double[][] heldOut(Head head, FeatureRows rows, double[][] targets, int[] parts, long seed) {
        double[][] predicted = new double[targets.length][rows.size()];
        int last = Arrays.stream(parts).max().orElse(-1);
        IntStream.rangeClosed(0, last).parallel().forEach(part -> {
            int[] outside = places(parts, part, false);
            int[] inside = places(parts, part, true);
            double[][] scores =
                    head.fit(rows.at(outside), at(targets, outside), seed).predict(rows.at(inside));
            for (int t = 0; t < targets.length; t++) {
                for (int i = 0; i < inside.length; i++) {
                    predicted[t][inside[i]] = scores[t][i];
                }
            }
        });
        return predicted;
    }
}
