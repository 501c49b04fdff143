package io.github.tandem4j.router.online;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Router;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Sends a share of the traffic to a strong endpoint, and to a weak one the rest: those requests where the strong one gains
 * the most, however the gains are scaled and however they drift. Nobody sets a threshold.
 *
 * <pre>{@code
 * Router fifth = TrafficShare.of(0.2).to(large).otherwise(small).byGain(estimator);
 * }</pre>
 *
 * <p>The gain is the estimated quality of the strong endpoint less that of the weak one. The threshold is the quantile of
 * the last {@value #WINDOW} gains that the share asks for, corrected by what was sent too much or too little (integral
 * control, over about {@value #WINDOW} requests). Gains that equal the threshold go where the share has room, so an
 * estimator that knows few values holds the share too; the first requests, of which nothing is known, are sent so.
 *
 * <p>The share is one of choices: what a sticky routing stays with against them is not counted. Where an estimate is
 * unknown, or one of the two cannot take the request, it abstains.
 *
 * <p>Thread-safe if its estimator is; no lock is held while that works.
 */
public final class TrafficShare implements Router {

    private static final int WINDOW = 1_000;

    private final double share;
    private final ModelEndpoint strong;
    private final ModelEndpoint weak;
    private final QualityEstimator estimator;
    private final double[] gains = new double[WINDOW];
    private final double[] sorted = new double[WINDOW];
    private long chosen;
    private double owed;

    private TrafficShare(double share, ModelEndpoint strong, ModelEndpoint weak, QualityEstimator estimator) {
        this.share = share;
        this.strong = strong;
        this.weak = weak;
        this.estimator = estimator;
    }

    /** Starts with the share of requests that go to the strong endpoint, 0 to 1. */
    public static Builder of(double share) {
        return new Builder(share);
    }

    @Override
    public Choice choose(Request request, List<ModelEndpoint> candidates) {
        if (!candidates.contains(strong) || !candidates.contains(weak)) {
            ModelEndpoint unable = candidates.contains(strong) ? weak : strong;
            return Choice.abstain(
                    unable.id() + " cannot take the request, and the share is one of requests that both can");
        }
        Confidence good = estimator.estimate(request, strong);
        Confidence modest = estimator.estimate(request, weak);
        if (!good.isKnown() || !modest.isKnown()) {
            return Choice.abstain("quality of " + strong.id() + " is " + good + " and of " + weak.id() + " " + modest);
        }
        double gain = good.value() - modest.value();
        double threshold;
        boolean takes;
        synchronized (gains) {
            threshold = threshold();
            takes = gain > threshold || ((gain == threshold || Double.isNaN(threshold)) && owed + share >= 0.5);
            remember(gain);
            owed = Math.max(-WINDOW, Math.min(WINDOW, owed + share - (takes ? 1 : 0)));
        }
        return Choice.of(
                takes ? strong : weak,
                String.format(
                        Locale.ROOT,
                        "gain of %s %.3g, of which the best %.3g of traffic begin at %.3g",
                        strong.id(),
                        gain,
                        share,
                        threshold),
                takes ? good : modest);
    }

    @Override
    public void requireAmong(String routing, List<ModelEndpoint> candidates) {
        for (ModelEndpoint named : List.of(strong, weak)) {
            if (!candidates.contains(named)) {
                throw new IllegalArgumentException("a share of traffic names " + named.id()
                        + ", which is no candidate of " + routing + "; its candidates are "
                        + candidates.stream().map(ModelEndpoint::id).toList());
            }
        }
    }

    /** NaN before the first choice. */
    private double threshold() {
        int known = (int) Math.min(chosen, WINDOW);
        if (known == 0) {
            return Double.NaN;
        }
        double corrected = Math.max(0, Math.min(1, share + owed / WINDOW));
        int rank = (int) Math.floor(known * (1 - corrected));
        if (corrected == 1) {
            return Double.NEGATIVE_INFINITY; // what is owed is paid, however small the gain
        }
        return corrected == 0 ? Double.POSITIVE_INFINITY : sorted[Math.min(known - 1, rank)];
    }

    private void remember(double gain) {
        int known = (int) Math.min(chosen, WINDOW);
        int oldest = (int) (chosen++ % WINDOW);
        if (known == WINDOW) {
            int gap = Arrays.binarySearch(sorted, gains[oldest]);
            System.arraycopy(sorted, gap + 1, sorted, gap, --known - gap);
        }
        int place = Arrays.binarySearch(sorted, 0, known, gain);
        place = place < 0 ? -place - 1 : place;
        System.arraycopy(sorted, place, sorted, place + 1, known - place);
        sorted[place] = gain;
        gains[oldest] = gain;
    }

    /** A share that still needs to know of whom. */
    public static final class Builder {

        private final double share;
        private @Nullable ModelEndpoint strong;
        private @Nullable ModelEndpoint weak;

        private Builder(double share) {
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException("share of traffic is " + share + "; valid is 0 to 1");
            }
            this.share = share;
        }

        /** Goes to this endpoint. */
        public Builder to(ModelEndpoint endpoint) {
            strong = Objects.requireNonNull(endpoint, "strong endpoint");
            return this;
        }

        /** Sends the rest to this one. */
        public Builder otherwise(ModelEndpoint endpoint) {
            weak = Objects.requireNonNull(endpoint, "weak endpoint");
            return this;
        }

        /** {@return the router; give each routing one of its own, since it counts} */
        public TrafficShare byGain(QualityEstimator estimator) {
            if (strong == null || weak == null) {
                throw new IllegalStateException(
                        "a share of traffic needs both endpoints; say to(strong).otherwise(weak)");
            }
            return new TrafficShare(share, strong, weak, Objects.requireNonNull(estimator, "estimator"));
        }
    }
}
