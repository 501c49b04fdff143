package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Queries that may not be parted: those of one group, and those of one wording. */
final class Together {

    private final int[] parent;

    private Together(int size) {
        parent = new int[size];
        for (int i = 0; i < size; i++) {
            parent[i] = i;
        }
    }

    static Together of(List<RecordedQuery> queries, Function<RecordedQuery, String> groupOf) {
        Together together = new Together(queries.size());
        Map<String, Integer> byGroup = new HashMap<>();
        Map<String, Integer> byWording = new HashMap<>();
        for (int i = 0; i < queries.size(); i++) {
            RecordedQuery query = queries.get(i);
            together.join(i, byGroup.putIfAbsent(groupOf.apply(query), i));
            together.join(i, byWording.putIfAbsent(query.wording(), i));
        }
        return together;
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

    /** {@return the groups, each with the places of its queries} */
    List<List<Integer>> groups() {
        Map<Integer, List<Integer>> members = new LinkedHashMap<>();
        for (int i = 0; i < parent.length; i++) {
            members.computeIfAbsent(root(i), root -> new ArrayList<>()).add(i);
        }
        return new ArrayList<>(members.values());
    }
}
