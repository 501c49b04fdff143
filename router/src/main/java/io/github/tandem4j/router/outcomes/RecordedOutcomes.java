package io.github.tandem4j.router.outcomes;

import io.github.tandem4j.ConfigurationException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Recorded queries with their outcomes, in memory: what routers are trained and measured on.
 *
 * <p>As a file it is JSON Lines, one query a line, gzipped or not:
 *
 * <pre>{@code
 * {"id": "q-17", "benchmark": "support", "subject": "billing", "prompt": "…", "reference": "…", "contaminated": false,
 *  "outcomes": {"small": {"score": 0.5, "response": "…", "confidence": 0.93, "cost_usd": 0.0001,
 *                         "input_tokens": 31, "output_tokens": 12, "latency_ms": 210}}}
 * }</pre>
 *
 * <p>A query has a {@code prompt} or {@code turns}, a list of its user's texts. All but the id, the text and the scores may
 * be missing; a confidence that is {@code NaN} or infinite is. Fields that are not known here are kept and written again. Immutable, and iterated in the order of the file.
 *
 * @see <a href="https://arxiv.org/abs/2406.18665">RouteLLM</a>, whose data this format was made to hold
 */
public final class RecordedOutcomes implements Iterable<RecordedQuery> {

    private final List<RecordedQuery> queries;
    private final List<String> models;

    private RecordedOutcomes(Collection<RecordedQuery> queries) {
        this.queries = List.copyOf(queries);
        Set<String> names = new LinkedHashSet<>();
        for (RecordedQuery query : this.queries) {
            names.addAll(query.outcomes().keySet());
        }
        models = List.copyOf(names);
    }

    /**
     * These queries. One that is there twice with the same content is taken once.
     *
     * @throws ConfigurationException if an id stands for two different queries
     */
    public static RecordedOutcomes of(Iterable<RecordedQuery> queries) {
        Map<String, RecordedQuery> byId = new LinkedHashMap<>();
        for (RecordedQuery query : queries) {
            RecordedQuery known = byId.putIfAbsent(query.id(), query);
            if (known != null && !known.equals(query)) {
                throw new ConfigurationException(
                        "id " + query.id()
                                + " stands for two queries that differ; valid is one query an id. Give each of them its own id");
            }
        }
        return new RecordedOutcomes(byId.values());
    }

    /**
     * Reads files of one format into memory; for files that do not fit there see {@link #stream}.
     *
     * @param files one or more, plain or gzipped
     * @throws ConfigurationException if a file cannot be read, is cut, has a line that is no recorded query, or holds more than {@link
     *     OutcomeLimits} allow; the
     *     message names file and line
     */
    public static RecordedOutcomes read(Path... files) {
        return read(Arrays.asList(files));
    }

    /** Reads files. See {@link #read(Path...)}. */
    public static RecordedOutcomes read(List<Path> files) {
        return read(files, OutcomeLimits.ofDefaults());
    }

    /** Reads files within these limits, which are of one file each. See {@link #read(Path...)}. */
    public static RecordedOutcomes read(List<Path> files, OutcomeLimits limits) {
        List<RecordedQuery> queries = new ArrayList<>();
        for (Path file : files) {
            try (Stream<RecordedQuery> rows = stream(file, limits)) {
                rows.forEach(queries::add);
            }
        }
        return of(queries);
    }

    /**
     * Reads a file row by row, in memory that does not grow with it. Ids are not compared with each other.
     *
     * @return close it; it throws {@link ConfigurationException} where the file is cut or a line is no recorded query
     */
    public static Stream<RecordedQuery> stream(Path file) {
        return stream(file, OutcomeLimits.ofDefaults());
    }

    /** Reads a file row by row within these limits. See {@link #stream(Path)}. */
    public static Stream<RecordedQuery> stream(Path file, OutcomeLimits limits) {
        return OutcomesReader.open(file, limits);
    }

    /**
     * Writes the file anew, gzipped if its name ends in {@code .gz}: beside it first, and moved into place when it is
     * whole.
     *
     * @throws ConfigurationException if it cannot be written
     */
    public void write(Path file) {
        OutcomesWriter.write(file, queries);
    }

    /** {@return all queries, in their order} */
    public List<RecordedQuery> queries() {
        return queries;
    }

    /** {@return how many queries there are} */
    public int size() {
        return queries.size();
    }

    /** {@return the models that any query names, in the order in which they are first named} */
    public List<String> models() {
        return models;
    }

    /** {@return the queries that pass} */
    public RecordedOutcomes where(Predicate<RecordedQuery> condition) {
        return new RecordedOutcomes(queries.stream().filter(condition).toList());
    }

    /** {@return the queries that no published training set contains} */
    public RecordedOutcomes uncontaminated() {
        return where(query -> !query.isContaminated());
    }

    /**
     * {@return the queries that have an outcome of each of these models}
     *
     * @throws ConfigurationException if a model is named by no query at all
     */
    public RecordedOutcomes having(Collection<String> wanted) {
        Set<String> missing = new LinkedHashSet<>(wanted);
        models.forEach(missing::remove);
        if (!missing.isEmpty()) {
            throw new ConfigurationException("no query has an outcome of " + missing + "; the data has " + models);
        }
        return where(query -> query.outcomes().keySet().containsAll(wanted));
    }

    /** {@return the queries at these places, which may repeat} */
    public List<RecordedQuery> at(int[] places) {
        List<RecordedQuery> chosen = new ArrayList<>(places.length);
        for (int place : places) {
            chosen.add(queries.get(place));
        }
        return chosen;
    }

    /** {@return these and the others}, see {@link #of} */
    public RecordedOutcomes and(RecordedOutcomes others) {
        List<RecordedQuery> all = new ArrayList<>(queries);
        all.addAll(others.queries);
        return of(all);
    }

    /** {@return the {@linkplain RecordedQuery#wording wordings} that both have, whatever the ids} */
    public Set<String> wordingsSharedWith(RecordedOutcomes others) {
        Set<String> shared = new HashSet<>();
        queries.forEach(query -> shared.add(query.wording()));
        Set<String> theirs = new HashSet<>();
        others.queries.forEach(query -> theirs.add(query.wording()));
        shared.retainAll(theirs);
        return shared;
    }

    /**
     * Refuses to test on what was trained on.
     *
     * @throws ConfigurationException if a query of these is also one of the others, by its wording
     */
    public void requireNoneOf(RecordedOutcomes others) {
        Set<String> shared = wordingsSharedWith(others);
        if (!shared.isEmpty()) {
            RecordedQuery first = queries.stream()
                    .filter(query -> shared.contains(query.wording()))
                    .findFirst()
                    .orElseThrow();
            throw new ConfigurationException(shared.size() + " queries are in the training data and in the test data, "
                    + first.id() + " the first; valid is data that share none, since a router has seen their answers");
        }
    }

    /** {@return SHA-256, in hex, of ids, texts, models and scores in their order: what a trained thing says it was made from} */
    public String fingerprint() {
        return Fingerprint.of(queries);
    }

    @Override
    public Iterator<RecordedQuery> iterator() {
        return queries.iterator();
    }

    /** {@return how many queries of which models} */
    @Override
    public String toString() {
        return size() + " queries, outcomes of " + models;
    }
}
