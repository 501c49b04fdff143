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
        long masks = sums.size() + (sums.containsKey(mask) ? 0 : 1);
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
        RidgeSolver.Line[] whole = new RidgeSolver.Line[targets];
        RidgeSolver.Line[][] without = new RidgeSolver.Line[parts][targets];
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
            RidgeSums all = sum(masks::contains, part -> true);
            PenaltyChoice choice = new PenaltyChoice(all.centred(standardised));
            for (int t : together) {
                whole[t] = line(all, choice, standardised, t);
            }
            for (int part = 0; part < parts; part++) {
                int left = part;
                RidgeSums rest = sum(masks::contains, p -> p != left);
                double[][] products = rest.centred(standardised);
                for (int t : together) {
                    double penalty = whole[t].penalty() * rest.rows() / Math.max(1, all.rows());
                    double[] slopes = choice.energy() > 0 && rest.rows() > 0
                            ? RidgeSolver.solve(products, penalty, rest.right(standardised, t))
                            : new double[standardised.dimension()];
                    without[part][t] = rest.line(standardised, slopes, t, penalty);
                }
            }
        });
        return new Gathered(standardised, whole, without, partOf);
    }

    private static RidgeSolver.Line line(RidgeSums all, PenaltyChoice choice, Standardised standardised, int target) {
        if (choice.energy() <= 0) {
            return all.line(standardised, new double[standardised.dimension()], target, 1);
        }
        PenaltyChoice.Solution best =
                choice.solve(all.right(standardised, target), all.squares(target), Math.toIntExact(all.rows()), true);
        return all.line(standardised, best.numbers(), target, best.penalty());
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
