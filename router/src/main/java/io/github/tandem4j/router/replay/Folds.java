package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.learning.CrossFit;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Splits queries into folds that share none: queries of the same text stay together, whatever their ids, and so do queries
 * of one group where groups are held out. Immutable.
 */
public final class Folds {

    private final RecordedOutcomes outcomes;
    private final int[] foldOf;
    private final int count;

    private Folds(RecordedOutcomes outcomes, int[] foldOf, int count) {
        this.outcomes = outcomes;
        this.foldOf = foldOf;
        this.count = count;
    }

    /**
     * Splits at random, with the same queries for the same seed.
     *
     * @param count 2 or more
     * @throws IllegalArgumentException if there are fewer queries of different texts than folds
     */
    public static Folds of(RecordedOutcomes outcomes, int count, long seed) {
        return of(
                outcomes, count, "queries of different texts", CrossFit.byQuery(outcomes.queries(), most(count), seed));
    }

    /**
     * Splits by subject, so that a fold is tested on subjects that the others lack. A text of two subjects joins them.
     *
     * @throws IllegalArgumentException if there are fewer subjects than folds, or a query has none
     */
    public static Folds bySubject(RecordedOutcomes outcomes, int count, long seed) {
        for (RecordedQuery query : outcomes) {
            if (query.subject().isEmpty()) {
                throw new IllegalArgumentException(
                        "query " + query.id() + " has no subject; valid are queries of subjects");
            }
        }
        return of(outcomes, count, "subjects", CrossFit.bySubject(outcomes.queries(), most(count), seed));
    }

    private static int most(int count) {
        if (count < 2) {
            throw new IllegalArgumentException("there are " + count + " folds; valid is two or more");
        }
        return count;
    }

    private static Folds of(RecordedOutcomes outcomes, int count, String what, int[] foldOf) {
        long filled = Arrays.stream(foldOf).distinct().count();
        if (filled < count) {
            throw new IllegalArgumentException("there are " + count + " folds of " + filled + " " + what
                    + "; valid is 2 to as many as these"); // each group has a fold of its own before one gets a second
        }
        return new Folds(outcomes, foldOf, count);
    }

    /** {@return how many folds there are} */
    public int count() {
        return count;
    }

    /** {@return the fold in which this query is tested, by its place in the data} */
    public int foldOf(int query) {
        return foldOf[query];
    }

    /** {@return the queries that are tested in this fold} */
    public RecordedOutcomes test(int fold) {
        return RecordedOutcomes.of(outcomes.at(places(fold, true)));
    }

    /** {@return the queries of all other folds, to learn from} */
    public RecordedOutcomes train(int fold) {
        return RecordedOutcomes.of(outcomes.at(places(fold, false)));
    }

    private int[] places(int fold, boolean tested) {
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < foldOf.length; i++) {
            if ((foldOf[i] == fold) == tested) {
                places.add(i);
            }
        }
        return places.stream().mapToInt(i -> i).toArray();
    }
}
