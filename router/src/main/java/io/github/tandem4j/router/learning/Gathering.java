package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Gathers, of rows that nobody holds in memory, the sums that a ridge regression needs: apart for each part, so that parts
 * can be held out, and for each set of targets that are known together.
 */
final class Gathering {

    /** Of products, 128 MB in all; what would need more is not gathered. */
    private static final long MOST_NUMBERS = 1L << 24;

    private final int parts;
    private final int targets;
    private final Map<BitSet, List<RidgeSums>> sums = new LinkedHashMap<>();
    private List<FeatureRows.Block> blocks = List.of();
    private boolean tooLarge;

    Gathering(int parts, int targets) {
        this.parts = parts;
        this.targets = targets;
    }

    boolean isTooLarge() {
        return tooLarge;
    }

    /** Adds rows. */
    void add(FeatureRows rows, double[][] known, int[] partOf) {
        blocks = rows.blocks();
        Map<BitSet, List<Integer>> alike = new LinkedHashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            BitSet mask = new BitSet();
            for (int t = 0; t < targets; t++) {
                mask.set(t, !Double.isNaN(known[t][i]));
            }
            alike.computeIfAbsent(mask, key -> new ArrayList<>()).add(i);
        }
        alike.forEach((mask, places) -> {
            if (tooLarge || !room(mask, rows.dimension())) {
                return;
            }
            List<RidgeSums> each = sums.computeIfAbsent(
                    mask,
                    key -> IntStream.range(0, parts)
                            .mapToObj(part -> new RidgeSums(rows.dimension(), targets))
                            .toList());
            for (int part = 0; part < parts; part++) {
                int p = part;
                int[] there = places.stream()
                        .mapToInt(place -> place)
                        .filter(place -> partOf[place] == p)
                        .toArray();
                if (there.length > 0) {
                    each.get(part).add(rows, known, there);
                }
            }
        });
    }

    private boolean room(BitSet mask, long dimension) {
        long masks = sums.size() + (sums.containsKey(mask) ? 0L : 1L);
        tooLarge = masks * parts * dimension * dimension > MOST_NUMBERS;
        if (tooLarge) {
            sums.clear();
        }
        return !tooLarge;
    }

    /**
     * {@return the regression, learned}
     *
     * @param partOf for each row of a sample the part that it was gathered in
     */
    Gathered learned(int[] partOf) {
        Standardised standardised = sum(target -> true, part -> true).standardised(blocks);
        RidgeSums.Line[] whole = new RidgeSums.Line[targets];
        RidgeSums.Line[][] without = new RidgeSums.Line[parts][targets];
        Map<List<BitSet>, List<Integer>> alike = new LinkedHashMap<>();
        for (int t = 0; t < targets; t++) {
            int target = t;
            alike.computeIfAbsent(
                            sums.keySet().stream()
                                    .filter(mask -> mask.get(target))
                                    .toList(),
                            key -> new ArrayList<>())
                    .add(t);
        }
        alike.forEach((masks, together) -> {
            solve(sum(masks::contains, part -> true), standardised, together, whole);
            for (int part = 0; part < parts; part++) {
                int left = part;
                solve(sum(masks::contains, p -> p != left), standardised, together, without[part]);
            }
        });
        return new Gathered(standardised, whole, without, partOf);
    }

    /** Each with the penalty that its own rows choose, so that what is held out has no say. */
    private static void solve(
            RidgeSums rows, Standardised standardised, List<Integer> together, RidgeSums.Line[] into) {
        PenaltyChoice choice = new PenaltyChoice(rows.centred(standardised), false);
        for (int t : together) {
            double[] slopes = choice.energy() > 0
                    ? choice.solve(rows.right(standardised, t), rows.squares(t), rows.rows())
                    : new double[standardised.dimension()];
            into[t] = rows.line(standardised, slopes, t);
        }
    }

    private RidgeSums sum(Predicate<BitSet> masks, IntPredicate which) {
        int dimension = blocks.stream().mapToInt(FeatureRows.Block::dimension).sum();
        RidgeSums total = new RidgeSums(dimension, targets);
        sums.forEach((mask, each) -> {
            for (int part = 0; part < parts; part++) {
                if (masks.test(mask) && which.test(part)) {
                    total.add(each.get(part));
                }
            }
        });
        return total;
    }
}
