package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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
                outcomes,
                count,
                seed,
                "queries of different texts",
                query -> query.prompt().strip());
    }

    /**
     * Splits by subject, so that a fold is tested on subjects that the others lack. A text of two subjects joins them.
     *
     * @throws IllegalArgumentException if there are fewer subjects than folds, or a query has none
     */
    public static Folds bySubject(RecordedOutcomes outcomes, int count, long seed) {
        return of(
                outcomes,
                count,
                seed,
                "subjects",
                query -> query.subject()
                        .orElseThrow(() -> new IllegalArgumentException(
                                "query " + query.id() + " has no subject; valid are queries of subjects")));
    }

    private static Folds of(
            RecordedOutcomes outcomes, int count, long seed, String what, Function<RecordedQuery, String> groupOf) {
        Groups groups = new Groups(outcomes, groupOf);
        List<List<Integer>> members = groups.members();
        if (count < 2 || members.size() < count) {
            throw new IllegalArgumentException("there are " + count + " folds of " + members.size() + " " + what
                    + "; valid is 2 to as many as these");
        }
        Collections.shuffle(members, new Random(seed));
        members.sort(
                (a, b) -> Integer.compare(b.size(), a.size())); // stable: the largest first, each to the smallest fold
        int[] foldOf = new int[outcomes.size()];
        int[] sizes = new int[count];
        for (List<Integer> group : members) {
            int smallest = 0;
            for (int f = 1; f < count; f++) {
                smallest = sizes[f] < sizes[smallest] ? f : smallest;
            }
            for (int query : group) {
                foldOf[query] = smallest;
            }
            sizes[smallest] += group.size();
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

    /** Queries that may not be parted: those of one group, and those of one text. */
    private static final class Groups {

        private final int[] parent;

        Groups(RecordedOutcomes outcomes, Function<RecordedQuery, String> groupOf) {
            parent = new int[outcomes.size()];
            Map<String, Integer> byGroup = new HashMap<>();
            Map<String, Integer> byText = new HashMap<>();
            for (int i = 0; i < parent.length; i++) {
                parent[i] = i;
                RecordedQuery query = outcomes.queries().get(i);
                join(i, byGroup.putIfAbsent(groupOf.apply(query), i));
                join(i, byText.putIfAbsent(query.prompt().strip(), i));
            }
        }

        private void join(int query, @Nullable Integer first) {
            if (first != null) {
                parent[root(query)] = root(first);
            }
        }

        private int root(int query) {
            int at = query;
            while (parent[at] != at) {
                parent[at] = parent[parent[at]];
                at = parent[at];
            }
            return at;
        }

        List<List<Integer>> members() {
            Map<Integer, List<Integer>> members = new LinkedHashMap<>();
            for (int i = 0; i < parent.length; i++) {
                members.computeIfAbsent(root(i), root -> new ArrayList<>()).add(i);
            }
            return new ArrayList<>(members.values());
        }
    }
}
