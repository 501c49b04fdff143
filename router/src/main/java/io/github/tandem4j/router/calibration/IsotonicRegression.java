package io.github.tandem4j.router.calibration;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The rising function with the least squared error, by pool adjacent violators (Ayer et al., 1955; Zadrozny and Elkan,
 * Transforming classifier scores into accurate multiclass probability estimates, 2002). It is a line between the ends of
 * the pools, and level outside the scores that it has seen.
 *
 * @param scores the ends of the pools, rising; one or more
 * @param probabilities the probability at each, rising, 0..1
 */
public record IsotonicRegression(List<Double> scores, List<Double> probabilities) implements Calibrator {

    /** Copies the lists, and refuses what does not rise. */
    public IsotonicRegression {
        scores = List.copyOf(scores);
        probabilities = List.copyOf(probabilities);
        if (scores.isEmpty() || scores.size() != probabilities.size()) {
            throw new IllegalArgumentException(scores.size() + " scores have " + probabilities.size()
                    + " probabilities; valid is one each, and one pool or more");
        }
        for (int i = 0; i < scores.size(); i++) {
            Labelled.requireFinite(scores.get(i), "score of a pool");
            Labelled.requireUnit(probabilities.get(i), "probability of a pool");
            if (i > 0 && (scores.get(i - 1) >= scores.get(i) || probabilities.get(i - 1) > probabilities.get(i))) {
                throw new IllegalArgumentException("pools fall at score " + scores.get(i)
                        + "; valid are scores that rise and probabilities that do not fall");
            }
        }
    }

    /** Answers of neighbouring scores that are taken together. */
    private static final class Pool {
        private final double first;
        private double last;
        private double sum;
        private double weight = 1;

        private Pool(double score, double label) {
            first = score;
            last = score;
            sum = label;
        }

        private double mean() {
            return Math.min(1, sum / weight);
        }

        private void take(Pool next) {
            last = next.last;
            sum += next.sum;
            weight += next.weight;
        }
    }

    static IsotonicRegression fit(double[] scores, double[] labels) {
        Labelled.require(scores, labels, 1);
        int[] order = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> scores[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        List<Pool> ties = new ArrayList<>();
        for (int i : order) {
            Pool row = new Pool(scores[i] + 0.0, labels[i]); // -0.0 is 0.0
            Pool last = ties.isEmpty() ? null : ties.get(ties.size() - 1);
            if (last != null && last.last == row.first) {
                last.take(row);
            } else {
                ties.add(row);
            }
        }
        List<Pool> pools = new ArrayList<>();
        for (Pool next : ties) {
            pools.add(next);
            while (pools.size() > 1
                    && pools.get(pools.size() - 2).mean()
                            >= pools.get(pools.size() - 1).mean()) {
                pools.get(pools.size() - 2).take(pools.remove(pools.size() - 1));
            }
        }
        List<Double> ends = new ArrayList<>();
        List<Double> means = new ArrayList<>();
        for (Pool pool : pools) {
            ends.add(pool.first);
            means.add(pool.mean());
            if (pool.last > pool.first) {
                ends.add(pool.last);
                means.add(pool.mean());
            }
        }
        return new IsotonicRegression(ends, means);
    }

    @Override
    public double probability(double score) {
        Labelled.requireFinite(score, "score");
        int found = Collections.binarySearch(scores, score + 0.0);
        if (found >= 0) {
            return probabilities.get(found);
        }
        int next = -found - 1;
        if (next == 0) {
            return probabilities.get(0);
        }
        if (next == scores.size()) {
            return probabilities.get(next - 1);
        }
        // Halved, since the distance of two finite numbers need not be finite.
        double share = (score / 2 - scores.get(next - 1) / 2) / (scores.get(next) / 2 - scores.get(next - 1) / 2);
        double low = probabilities.get(next - 1);
        return Math.min(probabilities.get(next), low + Math.min(1, share) * (probabilities.get(next) - low));
    }

    @Override
    public String describe() {
        return "isotonic, " + scores.size() + " points";
    }

    @Override
    public ObjectNode toJson() {
        ObjectNode json = CalibratorJson.of("isotonic");
        ArrayNode ends = json.putArray("scores");
        scores.forEach(ends::add);
        ArrayNode means = json.putArray("probabilities");
        probabilities.forEach(means::add);
        return json;
    }
}
