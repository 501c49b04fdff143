package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Parts of data for cross-fitting: what is predicted was never learned from. */
public final class CrossFit {

    private CrossFit() {}

    /**
     * {@return for each query its part, 0 to {@code parts} − 1} Queries of one text are in one part, whatever their ids.
     *
     * @param parts two or more
     */
    public static int[] byQuery(List<RecordedQuery> queries, int parts, long seed) {
        return by(query -> query.prompt().strip(), queries, parts, seed);
    }

    /** {@return for each query its part, whole subjects together; a query without one stands by itself} */
    public static int[] bySubject(List<RecordedQuery> queries, int parts, long seed) {
        return by(query -> query.subject().orElse("\n" + query.prompt().strip()), queries, parts, seed);
    }

    /** {@return for each query its part: groups are drawn in an order of chance, and each goes to the smallest part so far} */
    private static int[] by(Function<RecordedQuery, String> group, List<RecordedQuery> queries, int parts, long seed) {
        if (parts < 2) {
            throw new IllegalArgumentException(parts + " parts to cross-fit; valid are two or more");
        }
        Map<String, List<Integer>> groups = new LinkedHashMap<>();
        for (int i = 0; i < queries.size(); i++) {
            groups.computeIfAbsent(group.apply(queries.get(i)), key -> new ArrayList<>())
                    .add(i);
        }
        List<List<Integer>> drawn = new ArrayList<>(groups.values());
        Collections.shuffle(drawn, new Random(seed));
        int[] part = new int[queries.size()];
        int[] sizes = new int[parts];
        for (List<Integer> members : drawn) {
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
