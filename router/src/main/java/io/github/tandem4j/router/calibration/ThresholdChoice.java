package io.github.tandem4j.router.calibration;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * A threshold that was chosen by what it should reach, and what it reached where it was chosen. A query whose score is at
 * least the threshold stays with the weak model; the others go to the strong one.
 *
 * <p>What it reached is measured on the rows that it was chosen on, so it flatters: that of other rows is a little worse,
 * the more so the fewer they were. For a promise about answers that stay see {@code Certifier}. Immutable.
 *
 * @param target what was aimed at
 * @param wanted the number that was aimed at
 * @param threshold the least score that stays; negative infinity if all stay, positive infinity if none does
 * @param strongShare the share of rows that go to the strong model, 0..1
 * @param meanCost the mean cost of a row in US dollars; NaN if costs are not known
 * @param meanQuality the mean quality of a row, 0..1; NaN if qualities are not known
 * @param rows how many rows it was chosen on
 */
public record ThresholdChoice(
        Target target,
        double wanted,
        double threshold,
        double strongShare,
        double meanCost,
        double meanQuality,
        int rows) {

    private static final String FORMAT = "tandem threshold";
    private static final int VERSION = 1;

    /** What a threshold is chosen by. */
    public enum Target {
        /** At most this share of strong calls, 0..1. */
        STRONG_SHARE,
        /** At most this mean cost, in US dollars. */
        BUDGET,
        /** At least this mean quality, 0..1, at the least share of strong calls. */
        QUALITY
    }

    /** What both models made of some queries, to choose on: arrays of the same length, one entry a query. */
    public static final class Rows {

        private final double[] scores;
        private final double[] weakCost;
        private final double[] strongCost;
        private final double[] weakQuality;
        private final double[] strongQuality;

        private Rows(double[][] columns) {
            scores = columns[0];
            weakCost = columns[1];
            strongCost = columns[2];
            weakQuality = columns[3];
            strongQuality = columns[4];
        }

        /** Queries of these scores: how sure it is that the weak model does; one or more finite numbers. */
        public static Rows scored(double... scores) {
            double[] unknown = new double[scores.length];
            Arrays.fill(unknown, Double.NaN);
            Labelled.require(scores, new double[scores.length], 1);
            return new Rows(new double[][] {scores.clone(), unknown, unknown, unknown, unknown});
        }

        /** The same, with what each query costs with either model, in US dollars, zero or more. */
        public Rows costing(double[] weak, double[] strong) {
            requireColumn(weak, Double.MAX_VALUE, "cost");
            requireColumn(strong, Double.MAX_VALUE, "cost");
            return new Rows(new double[][] {scores, weak.clone(), strong.clone(), weakQuality, strongQuality});
        }

        /** The same, with how good each answer is, 0..1. */
        public Rows worth(double[] weak, double[] strong) {
            requireColumn(weak, 1, "quality");
            requireColumn(strong, 1, "quality");
            return new Rows(new double[][] {scores, weakCost, strongCost, weak.clone(), strong.clone()});
        }

        private void requireColumn(double[] column, double most, String what) {
            if (column.length != scores.length) {
                throw new IllegalArgumentException(
                        scores.length + " scores have " + column.length + " entries of " + what);
            }
            for (int i = 0; i < column.length; i++) {
                if (!(column[i] >= 0 && column[i] <= most)) {
                    throw new IllegalArgumentException(what + " of row " + i + " is " + column[i] + "; valid is 0.."
                            + (most == 1 ? "1" : "any finite number"));
                }
            }
        }
    }

    /** {@return the threshold with as many strong calls as this share allows, 0..1} */
    public static ThresholdChoice byStrongShare(Rows rows, double most) {
        return choose(rows, Target.STRONG_SHARE, Labelled.requireUnit(most, "share of strong calls"))
                .orElseThrow(() -> new IllegalStateException("a threshold that keeps all has no strong call"));
    }

    /**
     * {@return the threshold with the most strong calls within this mean cost in US dollars; empty if even the weak model
     * alone costs more}
     *
     * @throws IllegalArgumentException if costs are not known
     */
    public static Optional<ThresholdChoice> byBudget(Rows rows, double usd) {
        requireKnown(rows.weakCost, "costs");
        return choose(rows, Target.BUDGET, Labelled.requireFinite(usd, "mean cost"));
    }

    /**
     * {@return the threshold with the fewest strong calls of at least this mean quality, 0..1; empty if none reaches it}
     *
     * @throws IllegalArgumentException if qualities are not known
     */
    public static Optional<ThresholdChoice> byQuality(Rows rows, double least) {
        requireKnown(rows.weakQuality, "qualities");
        return choose(rows, Target.QUALITY, Labelled.requireUnit(least, "mean quality"));
    }

    private static void requireKnown(double[] column, String what) {
        if (Double.isNaN(column[0])) {
            throw new IllegalArgumentException("the " + what + " of the rows are not known; valid are rows with them");
        }
    }

    /** Goes from all weak to all strong, and takes the last that fits, or of a quality the first. */
    private static Optional<ThresholdChoice> choose(Rows rows, Target target, double wanted) {
        int n = rows.scores.length;
        Integer[] order = new Integer[n];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Double.compare(rows.scores[a], rows.scores[b]));
        double cost = Arrays.stream(rows.weakCost).sum();
        double quality = Arrays.stream(rows.weakQuality).sum();
        ThresholdChoice chosen = null;
        for (int strong = 0; strong <= n; strong++) {
            if (strong > 0) {
                int row = order[strong - 1];
                cost += rows.strongCost[row] - rows.weakCost[row];
                quality += rows.strongQuality[row] - rows.weakQuality[row];
                if (strong < n && rows.scores[order[strong]] == rows.scores[row]) {
                    continue;
                }
            }
            double share = (double) strong / n;
            boolean fits =
                    switch (target) {
                        case STRONG_SHARE -> share <= wanted;
                        case BUDGET -> cost / n <= wanted * (1 + 1e-12);
                        case QUALITY -> quality / n >= wanted - 1e-12;
                    };
            if (fits) {
                double threshold = strong == 0
                        ? Double.NEGATIVE_INFINITY
                        : strong == n ? Double.POSITIVE_INFINITY : rows.scores[order[strong]];
                chosen = new ThresholdChoice(target, wanted, threshold, share, cost / n, quality / n, n);
                if (target == Target.QUALITY) {
                    break;
                }
            }
        }
        return Optional.ofNullable(chosen);
    }

    /** {@return whether a query of this score stays with the weak model} */
    public boolean staysWeak(double score) {
        return score >= threshold;
    }

    /** {@return the choice and its reason, in words} */
    public String explain() {
        String aim =
                switch (target) {
                    case STRONG_SHARE -> String.format(Locale.ROOT, "at most %.1f %% strong calls", 100 * wanted);
                    case BUDGET -> String.format(Locale.ROOT, "at most $%.6f a query", wanted);
                    case QUALITY -> String.format(Locale.ROOT, "a mean quality of at least %.3f", wanted);
                };
        String where = threshold == Double.NEGATIVE_INFINITY
                ? "Everything stays with the weak model"
                : threshold == Double.POSITIVE_INFINITY
                        ? "Everything goes to the strong model"
                        : String.format(Locale.ROOT, "Scores of %.6g and more stay with the weak model", threshold);
        return where + ", chosen for " + aim
                + String.format(Locale.ROOT, ": on %d rows %.1f %% are strong calls", rows, 100 * strongShare)
                + (Double.isNaN(meanCost) ? "" : String.format(Locale.ROOT, ", a query costs $%.6f", meanCost))
                + (Double.isNaN(meanQuality)
                        ? ""
                        : String.format(Locale.ROOT, ", the mean quality is %.3f", meanQuality))
                + ".";
    }

    /** Writes it as a file: beside it first, and moved into place when it is whole. */
    public void save(Path file) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("target", target.name()).put("wanted", wanted).put("strong_share", strongShare);
        if (Double.isInfinite(threshold)) {
            json.put("keeps", threshold < 0 ? "all" : "none");
        } else {
            json.put("threshold", threshold);
        }
        if (!Double.isNaN(meanCost)) {
            json.put("mean_cost_usd", meanCost);
        }
        if (!Double.isNaN(meanQuality)) {
            json.put("mean_quality", meanQuality);
        }
        json.put("rows", rows).put("explanation", explain());
        VersionedJson.write(file, FORMAT, VERSION, json);
    }

    /**
     * Reads a file that {@link #save} wrote.
     *
     * @throws ModelFileException if it cannot be read, or is none or of another version
     */
    public static ThresholdChoice load(Path file) {
        JsonFields json = new JsonFields(VersionedJson.read(file, FORMAT, VERSION), file.toString());
        Target target;
        try {
            target = Target.valueOf(json.text("target"));
        } catch (IllegalArgumentException e) {
            throw new ModelFileException(
                    file + " has target " + json.text("target") + "; valid is one of "
                            + Arrays.toString(Target.values()),
                    e);
        }
        double threshold = json.has("threshold")
                ? json.number("threshold")
                : switch (json.text("keeps")) {
                    case "all" -> Double.NEGATIVE_INFINITY;
                    case "none" -> Double.POSITIVE_INFINITY;
                    default ->
                        throw new ModelFileException(
                                file + " keeps " + json.text("keeps") + "; valid is all, none, or a threshold");
                };
        return new ThresholdChoice(
                target,
                json.number("wanted"),
                threshold,
                json.number("strong_share"),
                json.has("mean_cost_usd") ? json.number("mean_cost_usd") : Double.NaN,
                json.has("mean_quality") ? json.number("mean_quality") : Double.NaN,
                json.count("rows"));
    }
}
