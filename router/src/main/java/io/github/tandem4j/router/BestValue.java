package io.github.tandem4j.router;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.routing.Affinity;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Router;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Routes to the endpoint whose expected quality less its expected cost is highest: {@code quality − cost ÷ price of
 * quality}. It stands for any number of endpoints.
 *
 * <pre>{@code
 * Router value = BestValue.by(estimator).payingForQuality(Usd.of("0.01"));
 * }</pre>
 *
 * <p>Quality and cost are of an answer to the whole conversation, not to its last message alone.
 *
 * <p>The estimator's scores are taken as amounts, so they must all be on one scale. A candidate without a known price or
 * quality is not compared; if none can be, the router abstains. Of equals, the one that the session is with wins, else the
 * first. What a provider's prompt cache saves counts for the endpoint that the session is with, and what a strategy costs
 * is estimated from its members: see {@link ExpectedCost}.
 * An estimator that gives probabilities for some candidates and raw scores for others is refused with a {@link
 * ConfigurationException}: the two cannot be compared.
 *
 * <p>Thread-safe if its estimator is.
 */
public final class BestValue implements Router {

    private static final ExpectedCost USUAL = new ExpectedCost(256);

    private final QualityEstimator estimator;
    private final ExpectedCost expectedCost;
    private final Supplier<Usd> priceOfQuality;

    private BestValue(QualityEstimator estimator, ExpectedCost expectedCost, Supplier<Usd> priceOfQuality) {
        this.estimator = estimator;
        this.expectedCost = expectedCost;
        this.priceOfQuality = priceOfQuality;
    }

    /** Starts with what estimates quality. */
    public static Unpriced by(QualityEstimator estimator) {
        return new Unpriced(Objects.requireNonNull(estimator, "estimator"), USUAL);
    }

    @Override
    public Choice choose(Request request, List<ModelEndpoint> candidates) {
        double price = positive(priceOfQuality.get()).nanos();
        ModelEndpoint best = null;
        Confidence bestQuality = Confidence.unknown();
        Usd bestCost = Usd.ZERO;
        double bestValue = Double.NEGATIVE_INFINITY;
        StringBuilder left = new StringBuilder();
        String with =
                request.evidence().get(Affinity.KEY).map(Affinity::endpoint).orElse("");
        for (ModelEndpoint candidate : candidates) {
            Usd cost = expectedCost.of(request, candidate).orElse(null);
            if (cost == null) {
                left.append("; ").append(candidate.id()).append(" has no known price");
                continue;
            }
            Confidence quality = estimator.estimate(request, candidate);
            if (!quality.isKnown()) {
                left.append("; quality of ")
                        .append(candidate.id())
                        .append(" is ")
                        .append(quality);
                continue;
            }
            if (best != null && quality.kind() != bestQuality.kind()) {
                throw new ConfigurationException("quality of " + candidate.id() + " is a " + quality.kind() + " and of "
                        + best.id() + " a " + bestQuality.kind() + "; valid is one kind for all candidates");
            }
            double value = quality.value() - cost.nanos() / price;
            if (value > bestValue || (value == bestValue && candidate.id().equals(with))) {
                best = candidate;
                bestValue = value;
                bestQuality = quality;
                bestCost = cost;
            }
        }
        return best == null
                ? Choice.abstain("no candidate can be compared" + left)
                : Choice.of(
                        best,
                        String.format(Locale.ROOT, "%s at %s, value %.3g%s", bestQuality, bestCost, bestValue, left),
                        bestQuality);
    }

    private static Usd positive(Usd price) {
        if (price.nanos() <= 0) {
            throw new IllegalArgumentException("price of a unit of quality is " + price + "; valid is more than zero");
        }
        return price;
    }

    /** A router that still needs to know what quality is worth. */
    public static final class Unpriced {

        private final QualityEstimator estimator;
        private final ExpectedCost expectedCost;

        private Unpriced(QualityEstimator estimator, ExpectedCost expectedCost) {
            this.estimator = estimator;
            this.expectedCost = expectedCost;
        }

        /** Expects completions of so many tokens; 256 if not said. */
        public Unpriced expectingCompletionsOf(int tokens) {
            return new Unpriced(estimator, new ExpectedCost(tokens));
        }

        /** Expects calls to cost this, such as with lengths of completions that are {@linkplain CompletionLengths learned}. */
        public Unpriced expecting(ExpectedCost costs) {
            return new Unpriced(estimator, Objects.requireNonNull(costs, "expected cost"));
        }

        /**
         * {@return the router}
         *
         * @param price what one unit of quality in one answer is worth; more than zero
         */
        public BestValue payingForQuality(Usd price) {
            Usd fixed = positive(price);
            return new BestValue(estimator, expectedCost, () -> fixed);
        }

        /**
         * {@return the router, which asks before each choice what a unit of quality is worth, such as a {@code
         * BudgetPacer}}
         *
         * @param price gives what one unit of quality in one answer is worth now, more than zero; called by many threads
         */
        public BestValue payingForQuality(Supplier<Usd> price) {
            return new BestValue(estimator, expectedCost, Objects.requireNonNull(price, "price of quality"));
        }
    }
}
