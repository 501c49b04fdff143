package io.github.tandem4j.router.learning;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a router from more recorded outcomes than memory holds: rows are read one by one, once, or twice if no models are
 * named. Ridge regression over dense views learns from every row. What needs its rows side by side (trees, neighbours,
 * networks, kernels, n-grams, what is familiar, the mixture's scale) learns from a sample, drawn uniformly by the seed. From
 * how many queries each scorer learned is among the metrics of the {@link Provenance}, as {@code queries:} and the scorer.
 *
 * <pre>{@code
 * LearnedRouter router = LearnedRouter.trainingFrom(Path.of("january.jsonl.gz"), Path.of("february.jsonl.gz"))
 *         .between("small", "large")
 *         .scoring(Heads.ridge().over(minilm), Heads.trees().over(Views.text()))
 *         .fit()
 *         .router();
 * }</pre>
 *
 * <p>By default
 *
 * <ul>
 *   <li>the models are all that the outcomes name, which takes a reading of its own,
 *   <li>the recipe is {@link NamedRouters}' {@code ensemble} of what needs no other model: text and n-grams,
 *   <li>the sample is of 20,000 queries, or fewer where they have more than 67 million characters; 30 outcomes of each model
 *       must be in it,
 *   <li>parts are made by query, and the seed is 7.
 * </ul>
 *
 * <p>A view that costs something to read belongs into {@link io.github.tandem4j.router.features.Views#cached}, since the
 * sample's rows are read again. A ridge regression whose sums would take more than 128 MB (more than some 1,800 columns, or
 * many sets of models with gaps) learns from the sample too. Ids are not compared with each other. Immutable: every method
 * returns a new training.
 */
public final class StreamedTraining {

    private static final Logger LOG = LoggerFactory.getLogger(StreamedTraining.class);

    private static final int PARTS = 5;
    private static final int MOST_SAMPLED = 200_000;

    private final Supplier<? extends Stream<RecordedQuery>> source;
    private final @Nullable Team team;
    private final Settings settings;

    private record Settings(
            Recipe recipe,
            Predicate<RecordedQuery> condition,
            int sampled,
            boolean bySubject,
            long seed,
            LongConsumer progress) {}

    private StreamedTraining(Supplier<? extends Stream<RecordedQuery>> source, @Nullable Team team, Settings settings) {
        this.source = source;
        this.team = team;
        this.settings = settings;
    }

    /**
     * A training from these rows.
     *
     * @param source asked once for each reading; gives the same rows in the same order each time. The streams are closed
     */
    public static StreamedTraining of(Supplier<? extends Stream<RecordedQuery>> source) {
        return new StreamedTraining(
                Objects.requireNonNull(source, "source"),
                null,
                new Settings(NamedRouters.plain(), query -> true, 20_000, false, 7, rows -> {}));
    }

    /** A training from files of recorded outcomes, one behind the other; see {@link RecordedOutcomes#stream}. */
    static StreamedTraining of(List<Path> files) {
        if (files.isEmpty()) {
            throw new IllegalArgumentException("no files to learn from; valid is one or more");
        }
        return of(() -> files.stream().flatMap(RecordedOutcomes::stream));
    }

    private StreamedTraining with(Settings other) {
        return new StreamedTraining(source, team, other);
    }

    /** Learns when the strong model is worth its price: the gain of its quality over the weak one's. */
    public StreamedTraining between(String weak, String strong) {
        if (weak.equals(strong)) {
            throw new IllegalArgumentException("weak and strong are both " + weak + "; valid are two models");
        }
        return new StreamedTraining(source, new Team(List.of(weak, strong), true), settings);
    }

    /** Learns the quality of each of these models. */
    public StreamedTraining among(List<String> models) {
        if (models.isEmpty()) {
            throw new IllegalArgumentException("no models to learn of; valid is one or more");
        }
        return new StreamedTraining(source, new Team(List.copyOf(models), false), settings);
    }

    /** Scores by the average of these. */
    public StreamedTraining scoring(Scorer... scorers) {
        return by(Recipe.of("custom", scorers));
    }

    /** Scores by this recipe. */
    public StreamedTraining by(Recipe other) {
        Settings s = settings;
        return with(new Settings(other, s.condition, s.sampled, s.bySubject, s.seed, s.progress));
    }

    /** Learns from the queries that pass, such as those that no published training set contains. */
    public StreamedTraining where(Predicate<RecordedQuery> condition) {
        Settings s = settings;
        return with(new Settings(s.recipe, s.condition.and(condition), s.sampled, s.bySubject, s.seed, s.progress));
    }

    /** Draws a sample of so many queries, 100 to 200,000. Memory and time grow with it. */
    public StreamedTraining sampling(int queries) {
        if (queries < 100 || queries > MOST_SAMPLED) {
            throw new IllegalArgumentException("sample is of " + queries + "; valid is 100 to " + MOST_SAMPLED);
        }
        Settings s = settings;
        return with(new Settings(s.recipe, s.condition, queries, s.bySubject, s.seed, s.progress));
    }

    /** Chooses by how well subjects are predicted that were not learned from, and not queries alone. */
    public StreamedTraining forNewSubjects() {
        Settings s = settings;
        return with(new Settings(s.recipe, s.condition, s.sampled, true, s.seed, s.progress));
    }

    /** Draws by this seed, which the router remembers. */
    public StreamedTraining seed(long number) {
        Settings s = settings;
        return with(new Settings(s.recipe, s.condition, s.sampled, s.bySubject, number, s.progress));
    }

    /** Tells of how many rows it has learned so far, on the caller's thread. */
    public StreamedTraining progress(LongConsumer listener) {
        Settings s = settings;
        return with(
                new Settings(s.recipe, s.condition, s.sampled, s.bySubject, s.seed, Objects.requireNonNull(listener)));
    }

    /**
     * Trains, in the calling thread.
     *
     * @throws ConfigurationException if a row cannot be read, or the sample has fewer than 30 outcomes of a model
     */
    public TrainedQuality fit() {
        Team known = team == null ? new Team(models(), false) : team;
        StreamPass pass = new StreamPass(
                known,
                settings.recipe,
                PARTS,
                this::part,
                new QuerySample(known.models(), settings.sampled, settings.seed),
                settings.progress);
        try (Stream<RecordedQuery> rows = source.get()) {
            rows.sequential().filter(settings.condition).forEachOrdered(pass::take);
        }
        pass.finish();
        return learn(known, pass);
    }

    /** Wordings that are alike are in one part, and so is a subject that is held out as a whole. */
    private int part(RecordedQuery query) {
        String text = query.wording();
        String group = settings.bySubject ? query.subject().orElse("\n" + text) : text;
        long mixed = (group.hashCode() ^ settings.seed) * 0x9E3779B97F4A7C15L;
        return (int) Math.floorMod(mixed >>> 17, (long) PARTS);
    }

    private List<String> models() {
        Set<String> names = new LinkedHashSet<>();
        try (Stream<RecordedQuery> rows = source.get()) {
            rows.sequential()
                    .filter(settings.condition)
                    .forEach(query -> names.addAll(query.outcomes().keySet()));
        }
        if (names.isEmpty()) {
            throw new ConfigurationException("there are no outcomes to learn from; valid is 30 or more");
        }
        return List.copyOf(names);
    }

    private TrainedQuality learn(Team known, StreamPass pass) {
        QuerySample sample = pass.sample();
        Map<String, Head> heads = pass.heads();
        List<List<Scorer>> alternatives = settings.recipe.alternatives().stream()
                .map(scorers -> scorers.stream()
                        .map(scorer -> scorer.head() instanceof Ridge // another head may have the name
                                ? heads.getOrDefault(scorer.toString(), scorer.head())
                                        .over(scorer.features())
                                : scorer)
                        .toList())
                .toList();
        RecordedOutcomes drawn = RecordedOutcomes.of(sample.queries());
        Training training = new Training(drawn)
                .by(new Recipe(settings.recipe.name(), alternatives))
                .seed(settings.seed);
        training = known.pair()
                ? training.between(known.models().get(0), known.models().get(1))
                : training.among(known.models());
        TrainedQuality trained = (settings.bySubject ? training.forNewSubjects() : training).fit();
        Map<String, Double> metrics = new TreeMap<>(trained.provenance().metrics());
        for (Opinion opinion : trained.groups().get(0).mixture().opinions()) {
            String name = opinion.scorer().toString();
            metrics.put("queries:" + name, (double) (heads.containsKey(name) ? sample.seen() : drawn.size()));
        }
        Provenance made = new Provenance(
                settings.recipe.name(),
                pass.fingerprint(),
                Math.toIntExact(sample.seen()),
                settings.seed,
                trained.provenance().date(),
                metrics);
        LOG.info(
                "Learned of {} from {} queries, what needs a sample from {}: {}",
                known.models(),
                sample.seen(),
                drawn.size(),
                metrics);
        return new TrainedQuality(trained.groups(), trained.reference(), made);
    }
}
