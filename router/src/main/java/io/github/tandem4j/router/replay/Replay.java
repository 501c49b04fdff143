package io.github.tandem4j.router.replay;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.DoubleConsumer;
import java.util.function.ToDoubleBiFunction;
import org.jspecify.annotations.Nullable;

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

    private record Settings(
            long seed,
            int resamples,
            boolean bySubject,
            boolean contaminated,
            Map<String, Price> prices,
            @Nullable ToDoubleBiFunction<RecordedQuery, Reply> scorer,
            DoubleConsumer progress) {}

    private Replay(RecordedOutcomes outcomes, Settings settings) {
        this.outcomes = outcomes;
        this.settings = settings;
    }

    /** A replay of these queries. */
    public static Replay of(RecordedOutcomes outcomes) {
        return new Replay(outcomes, new Settings(42, 1000, false, false, Map.of(), null, done -> {}));
    }

    private Replay with(Settings other) {
        return new Replay(outcomes, other);
    }

    /** Draws resamples and folds by this seed. */
    public Replay seed(long seed) {
        Settings s = settings;
        return with(new Settings(seed, s.resamples, s.bySubject, s.contaminated, s.prices, s.scorer, s.progress));
    }

    /** Makes intervals of so many resamples, 100 to 100,000. */
    public Replay resamples(int count) {
        if (count < 100 || count > 100_000) {
            throw new IllegalArgumentException("resamples are " + count + "; valid is 100 to 100,000");
        }
        Settings s = settings;
        return with(new Settings(s.seed, count, s.bySubject, s.contaminated, s.prices, s.scorer, s.progress));
    }

    /** Holds whole subjects out in cross-fitting, and resamples subjects: for traffic of subjects that are not here. */
    public Replay bySubject() {
        Settings s = settings;
        return with(new Settings(s.seed, s.resamples, true, s.contaminated, s.prices, s.scorer, s.progress));
    }

    /** Takes the queries in that published training sets contain. */
    public Replay includingContaminated() {
        Settings s = settings;
        return with(new Settings(s.seed, s.resamples, s.bySubject, true, s.prices, s.scorer, s.progress));
    }

    /** Prices models, for answers whose cost was not recorded. */
    public Replay priced(Map<String, Price> prices) {
        Settings s = settings;
        return with(new Settings(
                s.seed, s.resamples, s.bySubject, s.contaminated, Map.copyOf(prices), s.scorer, s.progress));
    }

    /** Scores answers that are no single model's: 0..1, such as whether the text is the reference. */
    public Replay scoredBy(ToDoubleBiFunction<RecordedQuery, Reply> scorer) {
        Settings s = settings;
        return with(new Settings(
                s.seed,
                s.resamples,
                s.bySubject,
                s.contaminated,
                s.prices,
                Objects.requireNonNull(scorer, "scorer"),
                s.progress));
    }

    /** Tells how far a run is, 0..1, on the caller's thread. */
    public Replay progress(DoubleConsumer progress) {
        Settings s = settings;
        return with(new Settings(
                s.seed,
                s.resamples,
                s.bySubject,
                s.contaminated,
                s.prices,
                s.scorer,
                Objects.requireNonNull(progress, "progress")));
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
        Selected selected = select(models);
        Pair pair = new Pair(selected, weak, strong);
        Course course = pair.replayer.run(strategy, strong.model());
        return Report.of(
                strategy.id(), selected.provenance(), pair.baselines(course, selected.resampling()), null, null);
    }

    /**
     * Compares two strategies query by query.
     *
     * @return how much better the first is than the second, with an interval
     */
    public Comparison paired(ModelEndpoint first, ModelEndpoint second) {
        Set<String> models = modelsOf(first);
        models.addAll(modelsOf(second));
        Selected selected = select(models);
        Replayer replayer = new Replayer(selected.queries.queries(), settings.scorer, settings.progress);
        return Comparison.of(replayer.run(first, ""), replayer.run(second, ""), selected.resampling());
    }

    /** Follows an estimate, which has seen none of these queries, through all its thresholds. */
    public Report curve(String name, QualityEstimator estimator, String weak, String strong) {
        Selected selected = select(List.of(weak, strong));
        RecordedEndpoint weakEndpoint = endpoint(weak);
        RecordedEndpoint strongEndpoint = endpoint(strong);
        double[] scores =
                Gains.of(estimator, selected.queries.queries(), weakEndpoint, strongEndpoint, settings.progress);
        return report(name, selected, scores, weakEndpoint, strongEndpoint);
    }

    /**
     * Trains on these outcomes, and follows the estimate as {@link #curve} does.
     *
     * @throws ConfigurationException if training and test share a query
     */
    public Report trainedOn(RecordedOutcomes train, String name, Trainer trainer, String weak, String strong) {
        select(List.of(weak, strong)).queries.requireNoneOf(train);
        return curve(name, trainer.train(allowed(train)), weak, strong);
    }

    /** Trains on all folds but one and estimates that one, for each; folds hold out whole subjects if {@link #bySubject}. */
    public Report crossFit(int folds, String name, Trainer trainer, String weak, String strong) {
        Selected selected = select(List.of(weak, strong));
        Folds parts = settings.bySubject
                ? Folds.bySubject(selected.queries, folds, settings.seed)
                : Folds.of(selected.queries, folds, settings.seed);
        RecordedEndpoint weakEndpoint = endpoint(weak);
        RecordedEndpoint strongEndpoint = endpoint(strong);
        double[] scores = new double[selected.queries.size()];
        double overall = meanGain(selected.queries, weak, strong);
        for (int f = 0; f < folds; f++) {
            int fold = f;
            double[] gains = Gains.of(
                    trainer.train(parts.train(f)),
                    parts.test(f).queries(),
                    weakEndpoint,
                    strongEndpoint,
                    done -> settings.progress.accept((fold + done) / folds));
            double prior = meanGain(parts.train(f), weak, strong) - overall;
            int next = 0;
            for (int i = 0; i < scores.length; i++) {
                if (parts.foldOf(i) == f) {
                    // A fold's prior is the mean of the others, so it runs against the fold's own: it is taken out. As
                    // a
                    // float, so that what was equal before stays equal.
                    scores[i] = (float) (gains[next++] - prior);
                }
            }
        }
        return report(name, selected, scores, weakEndpoint, strongEndpoint);
    }

    private static double meanGain(RecordedOutcomes outcomes, String weak, String strong) {
        return outcomes.queries().stream()
                .mapToDouble(query -> query.score(strong) - query.score(weak))
                .average()
                .orElse(0);
    }

    private RecordedOutcomes allowed(RecordedOutcomes train) {
        return settings.contaminated ? train : train.uncontaminated();
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
        if (!(lambda >= 0) || Double.isInfinite(lambda) || models.size() < 2) {
            throw new IllegalArgumentException("lambda is " + lambda + " and there are " + models.size()
                    + " models; valid is zero or more, and two or more");
        }
        Selected selected = select(models);
        selected.queries.requireNoneOf(train);
        List<RecordedEndpoint> endpoints = models.stream().map(this::endpoint).toList();
        Replayer replayer = new Replayer(selected.queries.queries(), settings.scorer, done -> {});
        List<Course> alone =
                endpoints.stream().map(endpoint -> replayer.run(endpoint, "")).toList();
        double[] typical = models.stream()
                .mapToDouble(model -> train.queries().stream()
                        .flatMap(query -> query.outcome(model).stream())
                        .mapToDouble(RecordedOutcome::costUsd)
                        .filter(Double::isFinite)
                        .average()
                        .orElse(Double.NaN))
                .toArray();
        Among among = new Among(
                endpoints,
                alone,
                selected.queries,
                trainer.train(allowed(train)),
                Among.expected(allowed(train)),
                typical,
                settings.progress);
        Resampling resampling = selected.resampling();
        Course oracle = among.oracle();
        Course course = among.at(name, lambda);
        Course best = among.single(0);
        for (int m = 1; m < models.size(); m++) {
            Course other = among.single(m);
            best = Arrays.stream(other.score).sum() > Arrays.stream(best.score).sum() ? other : best;
        }
        List<ModelsReport.At> curve = among.curve();
        return new ModelsReport(
                name,
                models,
                selected.provenance(),
                lambda,
                among.isCostKnown(),
                course.figures(oracle, resampling),
                best.figures(oracle, resampling),
                among.random().figures(oracle, resampling),
                oracle.figures(oracle, resampling),
                Comparison.of(course, best, resampling),
                Hull.aiq(curve.stream()
                        .map(at -> new Hull.Point(at.costUsd(), at.score()))
                        .toList()),
                curve);
    }

    private Report report(
            String name, Selected selected, double[] scores, RecordedEndpoint weak, RecordedEndpoint strong) {
        settings.progress.accept(1);
        Pair pair = new Pair(selected, weak, strong);
        Resampling resampling = selected.resampling();
        RouterFigures figures = RouterFigures.of(scores, pair.weak, pair.strong, resampling);
        Course atHalf = pair.atHalf(name + " at half of the calls", scores);
        return Report.of(
                name,
                selected.provenance(),
                pair.baselines(atHalf, resampling),
                figures,
                Routability.of(figures, pair.weak.score, pair.strong.score, resampling));
    }

    private static Set<String> modelsOf(ModelEndpoint strategy) {
        Set<String> models = new LinkedHashSet<>();
        Replayer.recorded(strategy).values().forEach(endpoint -> models.add(endpoint.model()));
        return models;
    }

    private Selected select(Iterable<String> models) {
        List<String> wanted = new ArrayList<>();
        models.forEach(wanted::add);
        RecordedOutcomes clean = settings.contaminated ? outcomes : outcomes.uncontaminated();
        RecordedOutcomes whole = clean.having(wanted);
        if (whole.size() == 0) {
            throw new ConfigurationException("no query has outcomes of all of " + wanted + "; valid is one or more");
        }
        return new Selected(whole, outcomes.size() - clean.size(), clean.size() - whole.size());
    }

    /** The queries that count. */
    private final class Selected {

        final RecordedOutcomes queries;
        private final int contaminated;
        private final int gaps;

        Selected(RecordedOutcomes queries, int contaminated, int gaps) {
            this.queries = queries;
            this.contaminated = contaminated;
            this.gaps = gaps;
        }

        Resampling resampling() {
            return settings.bySubject
                    ? Resampling.byGroup(
                            queries.queries().stream()
                                    .map(query -> query.subject().orElse(""))
                                    .toList(),
                            settings.resamples,
                            settings.seed)
                    : Resampling.byQuery(queries.size(), settings.resamples, settings.seed);
        }

        Provenance provenance() {
            return new Provenance(
                    queries.fingerprint(),
                    queries.size(),
                    contaminated,
                    gaps,
                    settings.seed,
                    settings.resamples,
                    settings.bySubject ? "subjects" : "queries");
        }
    }

    /** The two models alone, and what is made of them. */
    private final class Pair {

        final Replayer replayer;
        final Course weak;
        final Course strong;

        Pair(Selected selected, RecordedEndpoint weak, RecordedEndpoint strong) {
            replayer = new Replayer(selected.queries.queries(), settings.scorer, settings.progress);
            this.weak = replayer.run(weak, strong.model());
            this.strong = replayer.run(strong, strong.model());
        }

        List<Figures> baselines(Course course, Resampling resampling) {
            Course oracle = Course.best("oracle", weak, strong);
            Course random = Course.mixed("random at the same rate", weak, strong, course.meanStrong());
            List<Figures> all = new ArrayList<>();
            for (Course each : List.of(
                    course,
                    named("always " + weak.name, weak),
                    named("always " + strong.name, strong),
                    random,
                    oracle)) {
                all.add(each.figures(oracle, resampling));
            }
            return all;
        }

        private Course named(String name, Course course) {
            Course copy = new Course(name, course.score.length);
            for (int i = 0; i < course.score.length; i++) {
                copy.take(course, i);
            }
            return copy;
        }

        /** Gives the strong model the half of the queries with the higher scores; of equals in the middle a part. */
        Course atHalf(String name, double[] scores) {
            double[] sorted = scores.clone();
            Arrays.sort(sorted);
            double median = sorted[sorted.length / 2];
            long above = Arrays.stream(scores).filter(score -> score > median).count();
            long equal = Arrays.stream(scores).filter(score -> score == median).count();
            Course part = Course.mixed(name, weak, strong, (scores.length / 2.0 - above) / equal);
            for (int i = 0; i < scores.length; i++) {
                if (scores[i] != median) {
                    part.take(scores[i] > median ? strong : weak, i);
                }
            }
            return part;
        }
    }
}
