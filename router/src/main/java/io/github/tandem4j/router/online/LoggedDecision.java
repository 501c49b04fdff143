package io.github.tandem4j.router.online;

import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * One decision of a bandit, with the probabilities that it chose by: what off-policy estimates need.
 *
 * @param id names the decision
 * @param tenant on whose behalf; empty if that was not said
 * @param arms the ids of the endpoints that could be chosen, one or more
 * @param propensities the probability with which each was, over 0 for the chosen one; together 1
 * @param chosen the index of the one that was
 * @param features what was seen of the request
 * @param reward what came of it; empty if that is not known yet
 */
public record LoggedDecision(
        String id,
        String tenant,
        List<String> arms,
        List<Double> propensities,
        int chosen,
        List<Double> features,
        OptionalDouble reward) {

    private static final double SUM_TOLERANCE = 1e-6;

    /** Refuses what no decision can have been, with an {@link IllegalArgumentException}. */
    public LoggedDecision {
        arms = List.copyOf(arms);
        propensities = List.copyOf(propensities);
        features = List.copyOf(features);
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(tenant, "tenant");
        double sum = propensities.stream().mapToDouble(Double::doubleValue).sum();
        if (arms.isEmpty()
                || arms.size() != propensities.size()
                || chosen < 0
                || chosen >= arms.size()
                || propensities.stream().anyMatch(p -> !(p >= 0 && p <= 1))
                || !(propensities.get(chosen) > 0)
                || !(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
            throw new IllegalArgumentException("decision " + id + " chose " + chosen + " of " + arms + " by "
                    + propensities
                    + "; valid is one probability for each, together 1, and over 0 for the chosen one");
        }
        if (features.stream().anyMatch(x -> !Double.isFinite(x))
                || (reward.isPresent() && !Double.isFinite(reward.getAsDouble()))) {
            throw new IllegalArgumentException(
                    "decision " + id + " has features or a reward that is not finite; valid is finite numbers");
        }
    }

    /** {@return the same decision, now that its reward is known} */
    public LoggedDecision rewarded(double known) {
        return new LoggedDecision(id, tenant, arms, propensities, chosen, features, OptionalDouble.of(known));
    }
}
