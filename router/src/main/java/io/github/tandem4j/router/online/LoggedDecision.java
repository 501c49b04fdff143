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
 * @param answeredBy the id of the endpoint that answered, and of which the reward is; empty if that is not known
 * @param binding whether nothing else could decide who answers, such as a session that may stay with another endpoint
 */
public record LoggedDecision(
        String id,
        String tenant,
        List<String> arms,
        List<Double> propensities,
        int chosen,
        List<Double> features,
        OptionalDouble reward,
        String answeredBy,
        boolean binding) {

    private static final double SUM_TOLERANCE = 1e-6;

    /** Refuses what no decision can have been, with an {@link IllegalArgumentException}. */
    public LoggedDecision {
        arms = List.copyOf(arms);
        propensities = List.copyOf(propensities);
        features = List.copyOf(features);
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(answeredBy, "answered by");
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

    /** A decision by which alone was decided who answers. */
    public LoggedDecision(
            String id,
            String tenant,
            List<String> arms,
            List<Double> propensities,
            int chosen,
            List<Double> features,
            OptionalDouble reward) {
        this(id, tenant, arms, propensities, chosen, features, reward, "", true);
    }

    /**
     * {@return whether its propensities are those by which it was decided who answers} Where something else had a say, or
     * another endpoint answered, an off-policy estimate cannot use it.
     */
    public boolean isUsable() {
        return binding && (answeredBy.isEmpty() || answeredBy.equals(arms.get(chosen)));
    }

    /** {@return the same decision, now that its reward is known} */
    public LoggedDecision rewarded(double known) {
        return rewarded(known, answeredBy);
    }

    /** {@return the same decision, now that its reward is known, and of whose answer it is} */
    public LoggedDecision rewarded(double known, String by) {
        return new LoggedDecision(
                id, tenant, arms, propensities, chosen, features, OptionalDouble.of(known), by, binding);
    }
}
