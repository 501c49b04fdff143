package io.github.tandem4j.router.learning;

import io.github.tandem4j.Request;
import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.outcomes.Fingerprint;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.function.ToIntFunction;

/**
 * One reading of a stream: takes row by row, and remembers a sample and the sums for the ridge regressions. It is handed the
 * rows and does not ask for them, since an iterator over a stream of streams holds the whole inner one.
 */
final class StreamPass {

    private static final int CHUNK = 2048;

    private final Team team;
    private final ToIntFunction<RecordedQuery> part;
    private final LongConsumer progress;
    private final QuerySample sample;
    private final Fingerprint fingerprint = new Fingerprint();
    private final Map<String, Scorer> scorers = new LinkedHashMap<>();
    private final Map<String, Gathering> gatherings = new LinkedHashMap<>();
    private final List<RecordedQuery> chunk = new ArrayList<>(CHUNK);

    StreamPass(
            Team team,
            Recipe recipe,
            int parts,
            ToIntFunction<RecordedQuery> part,
            QuerySample sample,
            LongConsumer progress) {
        this.team = team;
        this.part = part;
        this.sample = sample;
        this.progress = progress;
        for (List<Scorer> each : recipe.alternatives()) {
            for (Scorer scorer : each) {
                if (scorer.head() instanceof Ridge) {
                    scorers.putIfAbsent(scorer.toString(), scorer);
                    gatherings.putIfAbsent(
                            scorer.toString(),
                            new Gathering(parts, team.models().size()));
                }
            }
        }
    }

    void take(RecordedQuery query) {
        if (team.models().stream().anyMatch(query.outcomes()::containsKey)) {
            chunk.add(query);
            if (chunk.size() == CHUNK) {
                finish();
            }
        }
    }

    /** Takes the last rows in. */
    void finish() {
        if (chunk.isEmpty()) {
            return;
        }
        int[] parts = chunk.stream().mapToInt(part).toArray();
        for (int i = 0; i < parts.length; i++) {
            fingerprint.add(chunk.get(i));
            sample.offer(chunk.get(i), parts[i]);
        }
        List<Request> requests = chunk.stream().map(RecordedQuery::request).toList();
        double[][] targets = team.targets(chunk);
        gatherings.forEach((name, gathering) -> {
            if (!gathering.isTooLarge()) {
                FeatureRows rows = Objects.requireNonNull(scorers.get(name)).read(requests, done -> {});
                gathering.add(rows, targets, parts);
            }
        });
        progress.accept(sample.seen());
        chunk.clear();
    }

    /** {@return by scorer, the regressions that have learned from every row} */
    Map<String, Head> heads() {
        Map<String, Head> heads = new LinkedHashMap<>();
        gatherings.forEach((name, gathering) -> {
            if (!gathering.isTooLarge() && sample.seen() > 0) {
                heads.put(name, gathering.learned(sample.parts()));
            }
        });
        return heads;
    }

    QuerySample sample() {
        return sample;
    }

    String fingerprint() {
        return fingerprint.hex();
    }
}
