package io.github.tandem4j.router.replay;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.calibration.Bootstrap;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.ToDoubleBiFunction;

/**
 * The replay lab: runs strategies and scores of production over recorded queries, and says what they are worth.
 *
 * <pre>{@code
 * Replay replay = Replay.of(outcomes);
 * ModelEndpoint small = replay.endpoint("small");
 * ModelEndpoint large = replay.endpoint("large");
 * ModelEndpoint assistant = Cascade.startingWith(small).keepWhen(rule).deferTo(large).build();
 *
 * Report report = replay.compare(assistant, small, large);
 * Report curve = replay.curve("mine", estimator, "small", "large");
 * }</pre>
 *
 * <ul>
 *   <li>Queries that a published training set contains are left out, unless {@link #includingContaminated} is said; so
 *       are those that lack an outcome of a model that is compared. A report says how many.
 *   <li>The quality of a reply is the recorded score of the model whose answer it is. An answer that a strategy made of
 *       several has none, unless its text is that of a recorded one, or {@link #scoredBy} scores it.
 *   <li>Intervals hold 95 of 100, over 1,000 bootstrap resamples of the queries, or of their subjects; seed 42.
 *   <li>A strategy that fails on a query fails the replay, which names the query: no answer is not taken for a bad one.
 * </ul>
 *
 * <p>Immutable; every method returns a new one.
 */
public final class Replay {

    private final RecordedOutcomes outcomes;
    private final Settings settings;

    private Replay(RecordedOutcomes outcomes, Settings settings) {
        this.outcomes = outcomes;
        this.settings = settings;
    }

    /** A replay of these queries. */
    public static Replay of(RecordedOutcomes outcomes) {
        return new Replay(outcomes, new Settings());
    }

    private Replay with(Consumer<Settings> change) {
        return new Replay(outcomes, settings.with(change));
    }

    /** Draws resamples and folds by this seed. */
    public Replay seed(long seed) {
        return with(s -> s.seed = seed);
    }

    /** Makes intervals of so many resamples, 100 to 100,000. */
    public Replay resamples(int count) {
        if (count < 100 || count > 100_000) {
            throw new IllegalArgumentException("resamples are " + count + "; valid is 100 to 100,000");
        }
        return with(s -> s.resamples = count);
    }

    /**
     * Holds whole subjects out in cross-fitting, and resamples subjects: for traffic of subjects that are not here. What is
     * measured is then refused where a query has no subject, or all have the same.
     */
    public Replay bySubject() {
        return with(s -> s.bySubject = true);
    }

    /** Takes the queries in that published training sets contain. */
    public Replay includingContaminated() {
        return with(s -> s.contaminated = true);
    }

    /** Prices models, for answers whose cost was not recorded. */
    public Replay priced(Map<String, Price> prices) {
        Map<String, Price> copy = Map.copyOf(prices);
        return with(s -> s.prices = copy);
    }

    /** Scores answers that are no single model's: 0..1, such as whether the text is the reference. */
    public Replay scoredBy(ToDoubleBiFunction<RecordedQuery, Reply> scorer) {
        Objects.requireNonNull(scorer, "scorer");
        return with(s -> s.scorer = scorer);
    }

    /** Tells how far a run is, 0..1 and never less than before, on the caller's thread. */
    public Replay progress(DoubleConsumer progress) {
        Objects.requireNonNull(progress, "progress");
        return with(s -> s.progress = progress);
    }

    /** {@return this model as it was recorded, at its price} */
    public RecordedEndpoint endpoint(String model) {
        RecordedEndpoint endpoint = RecordedEndpoint.of(model, outcomes);
        Price price = settings.prices.get(model);
        return price == null ? endpoint : endpoint.priced(price);
    }

    /**
     * Runs a strategy over the queries, beside the weak model alone, the strong one alone, chance at the same share of
     * strong calls, and an oracle that knows the outcomes of the two.
     *
     * @param strategy over recorded endpoints only
     * @throws ConfigurationException if it may ask a live endpoint, fails on a query, or makes an answer without a score
     */
    public Report compare(ModelEndpoint strategy, RecordedEndpoint weak, RecordedEndpoint strong) {
        Set<String> models = modelsOf(strategy);
        models.add(weak.model());
        models.add(strong.model());
        Selected selected = Selected.of(outcomes, models, settings);
        Bootstrap bootstrap = selected.bootstrap();
        Pair pair = new Pair(selected, weak, strong, settings.run().part(0, 0.5));
        Course course = selected.replayer(settings.run().part(0.5, 1)).run(strategy, strong.model());
        return Report.of(strategy.id(), selected.provenance(), pair, course, bootstrap);
    }

    /**
     * Compares two strategies query by query. Two scores are compared by {@link Report#against}.
     *
     * @return how much better the first is than the second, with an interval
     */
    public Comparison paired(ModelEndpoint first, ModelEndpoint second) {
        Set<String> models = modelsOf(first);
        models.addAll(modelsOf(second));
        Selected selected = Selected.of(outcomes, models, settings);
        Bootstrap bootstrap = selected.bootstrap();
        Course one = selected.replayer(settings.run().part(0, 0.5)).run(first, "");
        Course other = selected.replayer(settings.run().part(0.5, 1)).run(second, "");
        return Comparison.of(one, other, bootstrap);
    }

    /** Follows an estimate, which has seen none of these queries, through all its thresholds. */
    public Report curve(String name, QualityEstimator estimator, String weak, String strong) {
        return curve(name, estimator, weak, strong, settings.run());
    }

    private Report curve(String name, QualityEstimator estimator, String weak, String strong, Part progress) {
        Selected selected = Selected.of(outcomes, List.of(weak, strong), settings);
        Bootstrap bootstrap = selected.bootstrap();
        RecordedEndpoint first = endpoint(weak);
        RecordedEndpoint second = endpoint(strong);
        double[] scores = Gains.of(estimator, selected.queries(), first, second, progress.part(0, 0.8));
        return Report.of(
                name,
                selected.provenance(),
                new Pair(selected, first, second, progress.part(0.8, 1)),
                scores,
                bootstrap);
    }

    /**
     * Trains on these outcomes, and follows the estimate as {@link #curve} does.
     *
     * @throws ConfigurationException if training and test share a query
     */
    public Report trainedOn(RecordedOutcomes train, String name, Trainer trainer, String weak, String strong) {
        Selected selected = Selected.of(outcomes, List.of(weak, strong), settings);
        selected.outcomes.requireNoneOf(train);
        selected.bootstrap(); // whoever cannot be resampled is refused before the work
        QualityEstimator trained =
                trainer.train(settings.allowed(train), settings.run().part(0, 0.7));
        return curve(name, trained, weak, strong, settings.run().part(0.7, 1));
    }

    /** Trains on all folds but one and estimates that one, for each; folds hold out whole subjects if {@link #bySubject}. */
    public Report crossFit(int folds, String name, Trainer trainer, String weak, String strong) {
        Selected selected = Selected.of(outcomes, List.of(weak, strong), settings);
        Bootstrap bootstrap = selected.bootstrap();
        Folds parts = settings.bySubject
                ? Folds.bySubject(selected.outcomes, folds, settings.seed)
                : Folds.of(selected.outcomes, folds, settings.seed);
        RecordedEndpoint first = endpoint(weak);
        RecordedEndpoint second = endpoint(strong);
        double[] scores = new double[selected.outcomes.size()];
        double overall = meanGain(selected.outcomes, weak, strong);
        for (int f = 0; f < folds; f++) {
            Part progress = settings.run().part(0.9 * f / folds, 0.9 * (f + 1) / folds);
            RecordedOutcomes others = parts.train(f);
            double[] gains = Gains.of(
                    trainer.train(others, progress.part(0, 0.7)),
                    parts.test(f).queries(),
                    first,
                    second,
                    progress.part(0.7, 1));
            double prior = meanGain(others, weak, strong) - overall;
            int next = 0;
            for (int i = 0; i < scores.length; i++) {
                if (parts.foldOf(i) == f) {
                    // A fold's prior is the mean of the others, so it runs against the fold's own: it is taken out. As
                    // a float, so that what was equal before stays equal.
                    scores[i] = (float) (gains[next++] - prior);
                }
            }
        }
        Pair pair = new Pair(selected, first, second, settings.run().part(0.9, 1));
        return Report.of(name, selected.provenance(), pair, scores, bootstrap);
    }

    private static double meanGain(RecordedOutcomes outcomes, String weak, String strong) {
        return outcomes.queries().stream()
                .mapToDouble(query -> query.score(strong) - query.score(weak))
                .average()
                .orElse(0);
    }

    /**
     * Chooses of each query the model of the highest {@code quality − λ·cost}, for any number of models. Costs are expected
     * as {@link io.github.tandem4j.router.ExpectedCost} does at the {@linkplain #priced prices}, with completions as long as the
     * training data has them, or of 256 tokens where it does not say; a model without a price is
     * expected to cost what it cost on average in the training data.
     *
     * @param lambda what a dollar is worth in quality, 1/USD, zero or more; without an effect where a model's cost is not
     *     known, which the report says
     * @throws ConfigurationException if training and test share a query
     */
    public ModelsReport among(
            List<String> models, RecordedOutcomes train, String name, Trainer trainer, double lambda) {
        if (!(lambda >= 0)
                || Double.isInfinite(lambda)
                || models.size() < 2
                || Set.copyOf(models).size() < models.size()) {
            throw new IllegalArgumentException("lambda is " + lambda + " and models are " + models
                    + "; valid is zero or more, and two or more that differ");
        }
        Selected selected = Selected.of(outcomes, models, settings);
        selected.outcomes.requireNoneOf(train);
        Bootstrap bootstrap = selected.bootstrap();
        QualityEstimator trained =
                trainer.train(settings.allowed(train), settings.run().part(0, 0.6));
        List<RecordedEndpoint> endpoints = models.stream().map(this::endpoint).toList();
        List<Course> alone = new ArrayList<>();
        for (int m = 0; m < endpoints.size(); m++) {
            Part progress = settings.run().part(0.6 + 0.2 * m / models.size(), 0.6 + 0.2 * (m + 1) / models.size());
            alone.add(selected.replayer(progress).run(endpoints.get(m), ""));
        }
        Among among = new Among(
                endpoints,
                alone,
                selected.queries(),
                trained,
                Among.expected(settings.allowed(train)),
                typicalCosts(models, train),
                settings.run().part(0.8, 1));
        return ModelsReport.of(name, selected.provenance(), among, lambda, bootstrap);
    }

    private static double[] typicalCosts(List<String> models, RecordedOutcomes train) {
        return models.stream()
                .mapToDouble(model -> train.queries().stream()
                        .flatMap(query -> query.outcome(model).stream())
                        .mapToDouble(RecordedOutcome::costUsd)
                        .filter(Double::isFinite)
                        .average()
                        .orElse(Double.NaN))
                .toArray();
    }

    private static Set<String> modelsOf(ModelEndpoint strategy) {
        Set<String> models = new LinkedHashSet<>();
        Replayer.recorded(strategy).values().forEach(endpoint -> models.add(endpoint.model()));
        return models;
    }
}
