package io.github.tandem4j.router.learning;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Router;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A router that has learned from recorded outcomes who answers what well. A candidate is known by its id, which is the
 * model's name in the outcomes.
 *
 * <pre>{@code
 * LearnedRouter router = LearnedRouter.training(RecordedOutcomes.read(Path.of("outcomes.jsonl")))
 *         .between("small", "large")
 *         .scoring(Heads.ridge().over(Views.embedding("minilm", model)), Heads.trees().over(Views.text()))
 *         .fit()
 *         .router()
 *         .callingStrongFor(0.3);
 * }</pre>
 *
 * <p>Its reasons say what was estimated, where that stands among the training data, and which views find the request
 * unlike anything that they learned from. Immutable and thread-safe.
 */
public final class LearnedRouter implements Router {

    private final TrainedQuality quality;
    private final Policy policy;

    private LearnedRouter(TrainedQuality quality, Policy policy) {
        this.quality = quality;
        this.policy = policy;
    }

    /** Starts a training from these outcomes. */
    public static Training training(RecordedOutcomes outcomes) {
        return new Training(outcomes);
    }

    /**
     * Starts a training from files that need not fit into memory; they are read row by row.
     *
     * @param files one or more, of the format of {@link RecordedOutcomes}
     */
    public static StreamedTraining trainingFrom(Path... files) {
        return StreamedTraining.of(List.of(files));
    }

    static LearnedRouter by(TrainedQuality quality) {
        LearnedRouter best = new LearnedRouter(quality, Policy.best());
        return quality.isPair() ? best.callingStrongFor(0.5) : best;
    }

    static LearnedRouter of(TrainedQuality quality, Policy policy) {
        return new LearnedRouter(quality, policy);
    }

    /**
     * Of a pair: calls the strong model for the share of requests that gain most, by what the training data was like. Requests
     * that are expected to gain the same are treated the same; where they lie across the share's edge, it is not exceeded.
     *
     * @param share 0..1
     */
    public LearnedRouter callingStrongFor(double share) {
        requirePair("callingStrongFor");
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("share of strong calls is " + share + "; valid is 0..1");
        }
        double[] gains = quality.reference().gains();
        int weak = (int) Math.round((1 - share) * gains.length);
        double threshold = weak == gains.length
                ? Double.MAX_VALUE
                : weak == 0
                        ? -Double.MAX_VALUE
                        : gains[weak - 1] < gains[weak]
                                ? (gains[weak - 1] + gains[weak]) / 2
                                : Math.nextUp(gains[weak]);
        return new LearnedRouter(quality, Policy.gain(threshold));
    }

    /** Of a pair: calls the strong model where its estimated gain is at least this. */
    public LearnedRouter callingStrongFromGain(double gain) {
        requirePair("callingStrongFromGain");
        if (!Double.isFinite(gain)) {
            throw new IllegalArgumentException("gain is " + gain + "; valid is a finite number, usually -1..1");
        }
        return new LearnedRouter(quality, Policy.gain(gain));
    }

    /**
     * Chooses by quality less cost, at this price of one unit of quality in one answer; more than zero. Costs are those of the
     * request's prompt and a completion of 256 tokens, whatever the model: where lengths are {@linkplain
     * io.github.tandem4j.router.CompletionLengths known}, let {@link io.github.tandem4j.router.BestValue} choose by {@link
     * #quality()}.
     */
    public LearnedRouter payingForQuality(Usd price) {
        if (price.nanos() <= 0) {
            throw new IllegalArgumentException("price of a unit of quality is " + price + "; valid is more than zero");
        }
        return new LearnedRouter(quality, Policy.price(price.nanos() / 1e9));
    }

    /**
     * Chooses by quality less cost, at the price at which the training data would have cost this much an answer.
     *
     * @throws IllegalStateException if the outcomes did not say what each model's answers cost
     */
    public LearnedRouter spendingPerAnswer(Usd budget) {
        return new LearnedRouter(quality, Policy.within(budget.nanos() / 1e9, quality));
    }

    /** Chooses the cheapest whose estimated quality is at least this, 0..1; the best if there is none. */
    public LearnedRouter cheapestFrom(double floor) {
        if (!(floor >= 0 && floor <= 1)) {
            throw new IllegalArgumentException("least quality is " + floor + "; valid is 0..1");
        }
        return new LearnedRouter(quality, Policy.floor(floor));
    }

    private void requirePair(String method) {
        if (!quality.isPair()) {
            throw new IllegalStateException(
                    method + "() is of a weak and a strong model, and this router chooses among " + quality.models()
                            + "; valid is payingForQuality, spendingPerAnswer or cheapestFrom");
        }
    }

    /**
     * Writes it to a file, beside it first, and moves it into place when it is whole.
     *
     * @throws io.github.tandem4j.ConfigurationException if it cannot be written
     */
    public void save(Path file) {
        RouterFile.write(this, file);
    }

    /**
     * Loads a router that {@link #save} wrote. It estimates the same, to the bit.
     *
     * @param file written by this version's format
     * @param views the embeddings and readings that it was trained on, by their ids; what reads the text alone need not be
     *     given
     * @throws io.github.tandem4j.ModelFileException if the file is cut, damaged, of another version, or was trained on
     *     another view or dimension
     */
    public static LearnedRouter load(Path file, Features... views) {
        return RouterFile.read(file, List.of(views), List.of());
    }

    /** Loads a router with heads of one's own. See {@link #load(Path, Features...)}. */
    public static LearnedRouter load(Path file, List<Features> views, List<Head> heads) {
        return RouterFile.read(file, views, heads);
    }

    /**
     * {@return the ids of the views beside those of the text that a router file was trained on: what {@link #load} needs}
     *
     * @throws io.github.tandem4j.ModelFileException if it is no router file
     */
    public static Set<String> viewsOf(Path file) {
        return RouterFile.views(file);
    }

    /** {@return the estimates that it chooses by} */
    public TrainedQuality quality() {
        return quality;
    }

    @Override
    public Choice choose(Request request, List<ModelEndpoint> candidates) {
        List<ModelEndpoint> known = candidates.stream()
                .filter(candidate -> quality.models().contains(candidate.id()))
                .toList();
        if (known.isEmpty()) {
            return Choice.abstain("nothing was learned of any candidate; the router knows " + quality.models());
        }
        Estimate estimate;
        try {
            estimate = quality.estimate(request);
        } catch (PrivacyException e) {
            return Choice.abstain("nothing is estimated: " + e.getMessage());
        }
        Policy.Pick pick = policy.pick(request, estimate, known, quality);
        double chosen = estimate.quality(pick.endpoint().id());
        return Choice.of(
                pick.endpoint(), pick.why() + strangeness(estimate), Confidence.rawScore(chosen, "learned quality"));
    }

    /**
     * {@return in words what this router makes of a request: the estimates, where they stand, and whom it would choose}
     * It needs no endpoints, and takes costs from the training data.
     */
    public String explain(Request request) {
        Estimate estimate = quality.estimate(request);
        StringBuilder words = new StringBuilder();
        for (Map.Entry<String, Double> model : estimate.qualities().entrySet()) {
            words.append(String.format(Locale.ROOT, "%s: quality %.3f%n", model.getKey(), model.getValue()));
        }
        Policy.Named pick = policy.pick(estimate, quality);
        return words + pick.model() + ": " + pick.why() + strangeness(estimate);
    }

    /** {@return the model that this router would choose, with costs as in the training data} */
    public String model(Request request) {
        return policy.pick(quality.estimate(request), quality).model();
    }

    private static String strangeness(Estimate estimate) {
        List<String> strange = estimate.strangeTo();
        if (strange.isEmpty()) {
            double familiarity = estimate.familiarity();
            return familiarity > 0.999 ? "" : String.format(Locale.ROOT, "; familiarity %.2f", familiarity);
        }
        return strange.size() == estimate.familiarities().size()
                ? "; unlike its training data, so each model's mean counts"
                : "; unlike its training data to " + String.join(", ", strange) + ", which does not count";
    }

    @Override
    public void requireAmong(String routing, List<ModelEndpoint> candidates) {
        if (candidates.stream().noneMatch(candidate -> quality.models().contains(candidate.id()))) {
            throw new IllegalArgumentException("routing " + routing + " has "
                    + candidates.stream().map(ModelEndpoint::id).toList() + ", and its router learned of "
                    + quality.models() + "; valid is a candidate that it learned of");
        }
    }

    Policy policy() {
        return policy;
    }

    @Override
    public String toString() {
        return policy + ", " + quality;
    }
}
