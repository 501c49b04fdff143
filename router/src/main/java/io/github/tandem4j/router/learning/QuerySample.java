package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A uniform sample of a stream of queries (Vitter 1985, algorithm R), bounded in queries and in characters. Only what is
 * learned from is kept: texts, subject, scores and costs; the id is the row's number.
 */
final class QuerySample {

    /** Longer texts make the sample smaller. */
    private static final long MOST_CHARACTERS = 1L << 26;

    private final SplittableRandom random;
    private final List<String> models;
    private final List<RecordedQuery> queries = new ArrayList<>();
    private final List<Integer> parts = new ArrayList<>();
    private int most;
    private long seen;
    private long characters;

    QuerySample(List<String> models, int most, long seed) {
        this.models = models;
        this.most = most;
        random = new SplittableRandom(seed);
    }

    void offer(RecordedQuery query, int part) {
        seen++;
        long place = queries.size() < most ? queries.size() : random.nextLong(seen);
        if (place >= most) {
            return;
        }
        RecordedQuery slim = slim(query);
        characters += slim.prompt().length();
        if (place == queries.size()) {
            queries.add(slim);
            parts.add(part);
        } else {
            characters -= queries.get((int) place).prompt().length();
            queries.set((int) place, slim);
            parts.set((int) place, part);
        }
        while (characters > MOST_CHARACTERS && queries.size() > 1) {
            drop(random.nextInt(queries.size()));
            most = queries.size(); // a sample that shrinks by chance alone stays uniform
        }
    }

    private void drop(int place) {
        int last = queries.size() - 1;
        characters -= queries.get(place).prompt().length();
        queries.set(place, queries.get(last));
        parts.set(place, parts.get(last));
        queries.remove(last);
        parts.remove(last);
    }

    private RecordedQuery slim(RecordedQuery query) {
        RecordedQuery slim = RecordedQuery.ofTurns("row " + seen, query.turns());
        if (query.subject().isPresent()) {
            slim = slim.subject(query.subject().get());
        }
        for (String model : models) {
            RecordedOutcome outcome = query.outcome(model).orElse(null);
            if (outcome != null) {
                RecordedOutcome scored = RecordedOutcome.scored(outcome.score());
                slim = slim.outcome(model, outcome.cost().map(scored::cost).orElse(scored));
            }
        }
        return slim;
    }

    /** {@return how many were offered} */
    long seen() {
        return seen;
    }

    List<RecordedQuery> queries() {
        return List.copyOf(queries);
    }

    /** {@return for each query the part that was offered with it} */
    int[] parts() {
        return parts.stream().mapToInt(part -> part).toArray();
    }
}
