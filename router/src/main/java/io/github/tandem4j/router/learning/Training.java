package io.github.tandem4j.router.learning;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleConsumer;

/**
 * Trains a router from recorded outcomes. Immutable: every method returns a new training. By default
 *
 * <ul>
 *   <li>the models are all that the outcomes name,
 *   <li>the recipe is {@link NamedRouters}' {@code ensemble} of what needs no other model: text and n-grams,
 *   <li>parts are made {@linkplain CrossFit#byQuery by query}, and the seed is 7.
 * </ul>
 *
 * A query without an outcome of a model teaches nothing of that model. What is chosen, penalties and alternatives of the
 * recipe, is chosen by cross-validation within these outcomes.
 */
public final class Training {

    /** Fewer rows than this teach nothing that lasts. */
    static final int FEWEST_ROWS = 30;

    private static final int PARTS = 5;

    /** About one standard error of a difference between two ways to score, for one query: less may be chance. */
    private static final double MARGIN = 0.5;

    private final RecordedOutcomes outcomes;
    private final Team team;
    private final Recipe recipe;
    private final boolean bySubject;
    private final long seed;
    private final DoubleConsumer progress;

    Training(RecordedOutcomes outcomes) {
        this(outcomes, new Team(outcomes.models(), false), NamedRouters.plain(), false, 7, done -> {});
    }

    private Training(
            RecordedOutcomes outcomes,
            Team team,
            Recipe recipe,
            boolean bySubject,
            long seed,
            DoubleConsumer progress) {
        this.outcomes = outcomes;
        this.team = team;
        this.recipe = recipe;
        this.bySubject = bySubject;
        this.seed = seed;
        this.progress = progress;
    }

    /** Learns when the strong model is worth its price: the gain of its quality over the weak one's. */
    public Training between(String weak, String strong) {
        if (weak.equals(strong)) {
            throw new IllegalArgumentException("weak and strong are both " + weak + "; valid are two models");
        }
        return new Training(outcomes, new Team(List.of(weak, strong), true), recipe, bySubject, seed, progress);
    }

    /** Learns the quality of each of these models. */
    public Training among(List<String> models) {
        if (models.isEmpty()) {
            throw new IllegalArgumentException("no models to learn of; valid is one or more");
        }
        return new Training(outcomes, new Team(List.copyOf(models), false), recipe, bySubject, seed, progress);
    }

    /** Scores by the average of these. */
    public Training scoring(Scorer... scorers) {
        return by(Recipe.of("custom", scorers));
    }

    /** Scores by this recipe. */
    public Training by(Recipe other) {
        return new Training(outcomes, team, Objects.requireNonNull(other), bySubject, seed, progress);
    }

    /** Chooses by how well subjects are predicted that were not learned from, and not queries alone. */
    public Training forNewSubjects() {
        return new Training(outcomes, team, recipe, true, seed, progress);
    }

    /** Draws by this seed, which the router remembers. */
    public Training seed(long number) {
        return new Training(outcomes, team, recipe, bySubject, number, progress);
    }

    /** Tells how much is done, 0 to 1. */
    public Training progress(DoubleConsumer listener) {
        return new Training(outcomes, team, recipe, bySubject, seed, Objects.requireNonNull(listener));
    }

    /**
     * Trains, in the calling thread and the common pool.
     *
     * @throws ConfigurationException if a model is not in the outcomes, or in fewer than 30 of them
     */
    public TrainedQuality fit() {
        List<RecordedQuery> queries = queries();
        double[][] targets = team.targets(queries);
        Map<String, FeatureRows> rows = read(queries);
        int[] parts = bySubject ? CrossFit.bySubject(queries, PARTS, seed) : CrossFit.byQuery(queries, PARTS, seed);
        List<Scorer> best = List.of();
        Mixture.HeldOut heldOut = null;
        double bestScore = Double.NEGATIVE_INFINITY;
        Map<Opined, double[][]> scores = new HashMap<>();
        for (List<Scorer> scorers : recipe.alternatives()) {
            for (Scorer scorer : scorers) {
                scores.computeIfAbsent(
                        Opined.by(scorer),
                        key -> CrossFit.withoutPriors(
                                scorer.head().heldOut(rowsOf(rows, scorer), targets, parts, seed), targets, parts));
            }
            Mixture.HeldOut seen = Mixture.heldOut(
                    scorers.stream()
                            .map(scorer -> Objects.requireNonNull(scores.get(Opined.by(scorer))))
                            .toList(),
                    targets);
            double score = Explained.by(seen.estimates(), targets, team);
            if (heldOut == null || score > bestScore + MARGIN / Math.sqrt(queries.size())) {
                best = scorers;
                heldOut = seen;
                bestScore = score;
            }
        }
        Mixture mixture = Mixture.fit(
                best,
                of(rows, best),
                TaskSigns.of(queries.stream().map(RecordedQuery::request).toList()),
                targets,
                Objects.requireNonNull(heldOut),
                seed);
        progress.accept(1);
        double[][] reference = team.qualities(heldOut.estimates());
        return new TrainedQuality(
                List.of(new Group(team, mixture)),
                Reference.of(reference, team.models(), queries, seed),
                Provenance.of(recipe, outcomes, seed, Explained.metrics(heldOut.estimates(), targets, team)));
    }

    /** Heads may share a name, and one view may be many objects. */
    private record Opined(Head head, String view) {

        static Opined by(Scorer scorer) {
            return new Opined(scorer.head(), id(scorer));
        }
    }

    private List<RecordedQuery> queries() {
        outcomes.having(team.models()); // refuses a model that no query names
        RecordedOutcomes useful =
                outcomes.where(query -> team.models().stream().anyMatch(query.outcomes()::containsKey));
        for (String model : team.models()) {
            long known = useful.queries().stream()
                    .filter(query -> query.outcomes().containsKey(model))
                    .count();
            if (known < FEWEST_ROWS) {
                throw new ConfigurationException("there are " + known + " outcomes of " + model
                        + " to learn from; valid is " + FEWEST_ROWS + " or more");
            }
        }
        return useful.queries();
    }

    private Map<String, FeatureRows> read(List<RecordedQuery> queries) {
        List<Request> requests = queries.stream().map(RecordedQuery::request).toList();
        Map<String, Scorer> views = new LinkedHashMap<>();
        recipe.alternatives().forEach(scorers -> scorers.forEach(scorer -> views.put(id(scorer), scorer)));
        Map<String, FeatureRows> rows = new LinkedHashMap<>();
        for (Map.Entry<String, Scorer> view : views.entrySet()) {
            double before = (double) rows.size() / views.size();
            rows.put(
                    view.getKey(),
                    view.getValue().read(requests, done -> progress.accept(0.9 * (before + done / views.size()))));
        }
        return rows;
    }

    private static String id(Scorer scorer) {
        Features features = scorer.features();
        return features.id();
    }

    private static FeatureRows rowsOf(Map<String, FeatureRows> rows, Scorer scorer) {
        return Objects.requireNonNull(rows.get(id(scorer)));
    }

    private static List<FeatureRows> of(Map<String, FeatureRows> rows, List<Scorer> scorers) {
        List<FeatureRows> chosen = new ArrayList<>();
        scorers.forEach(scorer -> chosen.add(rowsOf(rows, scorer)));
        return chosen;
    }
}
