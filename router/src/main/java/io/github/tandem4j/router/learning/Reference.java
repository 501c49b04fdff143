package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A sample of held-out estimates from training, so that a threshold can be set and a score placed without the training
 * data; and what an answer of each model cost on average.
 */
final class Reference {

    private static final int MOST_ROWS = 2000;

    private final double[][] qualities;
    private final double[] costs;
    private final double[] gains;

    Reference(double[][] qualities, double[] costs) {
        this.qualities = qualities;
        this.costs = costs;
        gains = qualities.length < 2
                ? new double[0]
                : IntStream.range(0, qualities[0].length)
                        .mapToDouble(i -> qualities[1][i] - qualities[0][i])
                        .sorted()
                        .toArray();
    }

    static Reference of(double[][] qualities, List<String> models, List<RecordedQuery> queries, long seed) {
        int[] places = IntStream.range(0, queries.size()).toArray();
        Random random = new Random(seed);
        for (int i = places.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int place = places[i];
            places[i] = places[j];
            places[j] = place;
        }
        int[] drawn = Arrays.copyOf(places, Math.min(MOST_ROWS, places.length));
        double[] costs = models.stream()
                .mapToDouble(model -> queries.stream()
                        .flatMap(query -> query.outcome(model).stream())
                        .mapToDouble(RecordedOutcome::costUsd)
                        .filter(cost -> !Double.isNaN(cost))
                        .average()
                        .orElse(-1))
                .toArray();
        return new Reference(CrossFit.at(qualities, drawn), costs);
    }

    /**
     * {@return this with the models of another, row by row as far as both go} The rows are of different queries, and so are
     * good for each model's own distribution and not for how two go together.
     */
    Reference with(Reference other) {
        int rows = Math.min(qualities[0].length, other.qualities[0].length);
        double[][] joined = Stream.concat(Arrays.stream(qualities), Arrays.stream(other.qualities))
                .map(row -> Arrays.copyOf(row, rows))
                .toArray(double[][]::new);
        return new Reference(
                joined,
                DoubleStream.concat(Arrays.stream(costs), Arrays.stream(other.costs))
                        .toArray());
    }

    /** {@return for each model its held-out estimates} */
    double[][] qualities() {
        return qualities;
    }

    /** {@return for each model what an answer cost on average, in USD; negative if that was not recorded} */
    double[] costs() {
        return costs;
    }

    /** {@return held-out gains of the second model over the first, ascending; none of a single model} */
    double[] gains() {
        return gains;
    }
}
