package io.github.tandem4j.router.learning;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Estimates, learned from recorded outcomes, of how good each model's answer to a request will be. A model is known by its
 * endpoint's id. Immutable and thread-safe.
 *
 * <p>Where a request is unlike what was learned from, estimates fall back to each model's mean quality, and {@link
 * Estimate#familiarity} says so.
 */
public final class TrainedQuality implements QualityEstimator {

    private final List<Group> groups;
    private final Reference reference;
    private final Provenance provenance;
    private final List<String> models;
    private final AtomicReference<@Nullable Estimate> last = new AtomicReference<>();

    TrainedQuality(List<Group> groups, Reference reference, Provenance provenance) {
        this.groups = List.copyOf(groups);
        this.reference = reference;
        this.provenance = provenance;
        models = this.groups.stream()
                .flatMap(group -> group.team().models().stream())
                .toList();
    }

    /** {@return the models whose quality it estimates; of a pair the weak one first} */
    public List<String> models() {
        return models;
    }

    /** {@return whether it was trained for a weak and a strong model, and no other has joined} */
    public boolean isPair() {
        return groups.size() == 1 && groups.get(0).team().pair();
    }

    /** {@return what it was made from} */
    public Provenance provenance() {
        return provenance;
    }

    /**
     * {@return for each model its estimated quality of each request, usually 0..1}
     *
     * @param progress told how much is read, 0 to 1
     */
    public double[][] qualities(List<Request> requests, DoubleConsumer progress) {
        List<double[]> qualities = new ArrayList<>();
        for (Group group : groups) {
            qualities.addAll(Arrays.asList(group.team().qualities(estimates(group, requests, progress, null))));
        }
        return qualities.toArray(double[][]::new);
    }

    /**
     * {@return for each request how much better the strong model is estimated to be than the weak one, −1..1}
     *
     * @throws IllegalStateException if this is of no pair
     */
    public double[] gains(List<Request> requests, DoubleConsumer progress) {
        if (!isPair()) {
            throw new IllegalStateException(
                    "these are estimates of " + models + "; valid is a weak and a strong model");
        }
        return estimates(groups.get(0), requests, progress, null)[1];
    }

    private static double[][] estimates(
            Group group, List<Request> requests, DoubleConsumer progress, @Nullable Map<String, Double> familiarity) {
        List<Opinion> opinions = group.mixture().opinions();
        Map<String, FeatureRows> read = new LinkedHashMap<>();
        List<FeatureRows> rows = new ArrayList<>();
        for (Opinion opinion : opinions) {
            double before = (double) rows.size() / opinions.size();
            rows.add(read.computeIfAbsent(
                    opinion.scorer().features().id(),
                    id -> opinion.scorer().read(requests, done -> progress.accept(before + done / opinions.size()))));
        }
        double[][] familiarities = new double[opinions.size()][requests.size()];
        double[][] estimates = group.mixture().estimate(rows, TaskSigns.of(requests, read), familiarities);
        for (int o = 0; o < opinions.size() && familiarity != null; o++) {
            familiarity.merge( // a model that joined learned from other queries: the least familiar counts
                    opinions.get(o).scorer().features().id(), familiarities[o][0], Math::min);
        }
        return estimates;
    }

    /**
     * {@return what is estimated of one request, and how familiar it is}
     *
     * @throws PrivacyException if a view may not be given the request's text; as an estimator of one endpoint it is then
     *     unknown
     */
    public Estimate estimate(Request request) {
        Estimate known = last.get();
        if (known != null && known.isOf(request)) {
            return known; // asked once for each candidate, a request is read once
        }
        Map<String, Double> familiarity = new LinkedHashMap<>();
        Map<String, Double> qualities = new LinkedHashMap<>();
        for (Group group : groups) {
            double[][] estimated = group.team().qualities(estimates(group, List.of(request), done -> {}, familiarity));
            for (int m = 0; m < estimated.length; m++) {
                qualities.put(group.team().models().get(m), estimated[m][0]);
            }
        }
        Estimate estimate = new Estimate(request, qualities, familiarity);
        last.set(estimate);
        return estimate;
    }

    @Override
    public Confidence estimate(Request request, ModelEndpoint endpoint) {
        if (!models.contains(endpoint.id())) {
            return Confidence.unknown("nothing learned of " + endpoint.id());
        }
        try {
            return Confidence.rawScore(estimate(request).quality(endpoint.id()), "learned quality");
        } catch (PrivacyException e) {
            return Confidence.unknown("" + e.getMessage());
        }
    }

    /**
     * A model more: what is estimated of the others stays the same, to the bit.
     *
     * @param model who joins
     * @param outcomes with outcomes of it, 30 or more; they need not be of the queries that were learned from
     * @throws IllegalArgumentException if it is there already
     */
    public TrainedQuality with(String model, RecordedOutcomes outcomes) {
        if (models.contains(model)) {
            throw new IllegalArgumentException(model + " is one of " + models + " already; valid is a new model");
        }
        List<Scorer> scorers =
                groups.get(0).mixture().opinions().stream().map(Opinion::scorer).toList();
        TrainedQuality alone = new Training(outcomes)
                .among(List.of(model))
                .by(new Recipe(provenance.recipe(), List.of(scorers)))
                .seed(provenance.seed())
                .fit();
        List<Group> more = new ArrayList<>(groups);
        more.addAll(alone.groups);
        return new TrainedQuality(more, reference.with(alone.reference), provenance.and(alone.provenance));
    }

    /** {@return a router that chooses by these estimates; of a pair it calls the strong model for half of the requests, of
     * others the one of the best quality, until told otherwise} */
    public LearnedRouter router() {
        return LearnedRouter.by(this);
    }

    List<Group> groups() {
        return groups;
    }

    Reference reference() {
        return reference;
    }

    @Override
    public String toString() {
        return "quality of " + models + " by " + provenance;
    }
}
