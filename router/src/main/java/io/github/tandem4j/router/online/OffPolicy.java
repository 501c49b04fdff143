package io.github.tandem4j.router.online;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Says from a log what another policy would have earned, without running it.
 *
 * <pre>{@code
 * OffPolicy.Estimates estimates = OffPolicy.evaluate(PropensityLog.read(file), policy);
 * estimates.doublyRobust();                       // 0.61, with 95 % from 0.58 to 0.64
 * }</pre>
 *
 * <ul>
 *   <li>IPS: rewards weighed by {@code policy/propensity} (Horvitz and Thompson, JASA 47, 1952).
 *   <li>SNIPS: the same over the sum of the weights (Swaminathan and Joachims, NeurIPS 2015), slightly biased, steadier; its
 *       interval is by the delta method.
 *   <li>Doubly robust: a ridge model of each arm's reward, corrected by the weighed residuals (Dudík, Langford and Li, ICML
 *       2011); the model of a decision is fitted on the other of two halves, so that it stays unbiased.
 * </ul>
 *
 * <p>Weights are not clipped unless {@link #evaluate(List, Policy, double)} is told to: clipping biases, and keeps one rare
 * decision from ruling. Intervals are normal, of 95 %. Decisions without a reward are left out and counted: where rewards
 * are missing for a reason that has to do with them, every estimate is off. So it is with decisions that are not {@linkplain
 * LoggedDecision#isUsable usable}, which are left out and counted too: if many are, ask where somebody else decides.
 */
public final class OffPolicy {

    private static final double Z95 = 1.959964;

    private OffPolicy() {}

    /** A policy to be evaluated. A lambda is one. */
    @FunctionalInterface
    public interface Policy {

        /** {@return the probability with which it would choose each arm of this decision, in their order; together 1} */
        double[] probabilities(LoggedDecision decision);

        /** {@return a policy that always chooses this arm, or where it is not among them the first} */
        static Policy always(String arm) {
            return decision -> {
                double[] certain = new double[decision.arms().size()];
                certain[Math.max(0, decision.arms().indexOf(arm))] = 1;
                return certain;
            };
        }
    }

    /**
     * An estimate of a policy's mean reward.
     *
     * @param value the estimate
     * @param standardError its standard error
     */
    public record Estimate(double value, double standardError) {

        /** {@return the lower end of the 95 % interval} */
        public double low() {
            return value - Z95 * standardError;
        }

        /** {@return the upper end of the 95 % interval} */
        public double high() {
            return value + Z95 * standardError;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.4f [%.4f, %.4f]", value, low(), high());
        }
    }

    /**
     * What three estimators say.
     *
     * @param ips inverse propensity scoring
     * @param snips the same, self-normalised
     * @param doublyRobust with a model of rewards
     * @param decisions how many decisions had a reward
     * @param unrewarded how many had none, and were left out
     * @param unusable how many had one and were left out all the same: see {@link LoggedDecision#isUsable}
     * @param clipped how many weights were clipped
     * @param effectiveSize how many decisions of the policy's own would tell as much: {@code (Σw)²/Σw²}
     */
    public record Estimates(
            Estimate ips,
            Estimate snips,
            Estimate doublyRobust,
            int decisions,
            int unrewarded,
            int unusable,
            int clipped,
            double effectiveSize) {}

    /** Evaluates a policy, with no weight clipped. See {@link #evaluate(List, Policy, double)}. */
    public static Estimates evaluate(List<LoggedDecision> log, Policy policy) {
        return evaluate(log, policy, Double.POSITIVE_INFINITY);
    }

    /**
     * Evaluates a policy.
     *
     * @param log decisions of one bandit, two or more of them rewarded
     * @param policy what would be done instead
     * @param mostWeight what weights are clipped at; one or more
     * @throws IllegalArgumentException if the log is too short, or the policy gives no probabilities
     */
    public static Estimates evaluate(List<LoggedDecision> log, Policy policy, double mostWeight) {
        Objects.requireNonNull(policy, "policy");
        if (!(mostWeight >= 1)) {
            throw new IllegalArgumentException("weights are clipped at " + mostWeight + "; valid is one or more");
        }
        List<LoggedDecision> known =
                log.stream().filter(decision -> decision.reward().isPresent()).toList();
        List<LoggedDecision> rewarded =
                known.stream().filter(LoggedDecision::isUsable).toList();
        int n = rewarded.size();
        if (n < 2) {
            throw new IllegalArgumentException("the log has " + n + " usable decisions with a reward, of " + log.size()
                    + "; valid is two or more");
        }
        List<Map<String, LinearArm>> models = List.of(fitted(rewarded, 1), fitted(rewarded, 0));
        double[] weights = new double[n];
        double[] weighed = new double[n];
        double[] robust = new double[n];
        int clipped = 0;
        for (int i = 0; i < n; i++) {
            LoggedDecision decision = rewarded.get(i);
            double[] probabilities = probabilities(policy, decision);
            double weight =
                    probabilities[decision.chosen()] / decision.propensities().get(decision.chosen());
            clipped += weight > mostWeight ? 1 : 0;
            weights[i] = Math.min(mostWeight, weight);
            double reward = decision.reward().getAsDouble();
            weighed[i] = weights[i] * reward;
            double[] x = withBias(decision);
            Map<String, LinearArm> model = models.get(i % 2);
            for (int arm = 0; arm < probabilities.length; arm++) {
                double predicted = predicted(model, decision.arms().get(arm), x);
                robust[i] += probabilities[arm] * predicted;
                robust[i] += arm == decision.chosen() ? weights[i] * (reward - predicted) : 0;
            }
        }
        double meanWeight = mean(weights);
        double[] squares = new double[n];
        double[] residuals = new double[n];
        double snips = meanWeight == 0 ? Double.NaN : mean(weighed) / meanWeight;
        for (int i = 0; i < n; i++) {
            squares[i] = weights[i] * weights[i];
            residuals[i] = (weighed[i] - weights[i] * snips) / meanWeight;
        }
        return new Estimates(
                estimate(weighed),
                new Estimate(snips, estimate(residuals).standardError()),
                estimate(robust),
                n,
                log.size() - known.size(),
                known.size() - n,
                clipped,
                n * meanWeight * meanWeight / Math.max(Double.MIN_NORMAL, mean(squares)));
    }

    private static double[] probabilities(Policy policy, LoggedDecision decision) {
        double[] probabilities = policy.probabilities(decision);
        double sum = 0;
        boolean valid = probabilities.length == decision.arms().size();
        for (double p : probabilities) {
            valid &= p >= 0;
            sum += p;
        }
        if (!valid || !(Math.abs(sum - 1) <= 1e-6)) {
            throw new IllegalArgumentException("policy gave " + Arrays.toString(probabilities) + " for decision "
                    + decision.id() + "; valid is a probability for each of " + decision.arms());
        }
        return probabilities;
    }

    /** Models of each arm, from every second decision. */
    private static Map<String, LinearArm> fitted(List<LoggedDecision> log, int half) {
        Map<String, LinearArm> arms = new HashMap<>();
        for (int i = half; i < log.size(); i += 2) {
            LoggedDecision decision = log.get(i);
            double[] x = withBias(decision);
            arms.computeIfAbsent(decision.arms().get(decision.chosen()), id -> new LinearArm(x.length, 1))
                    .learn(x, decision.reward().orElseThrow(), i);
        }
        return arms;
    }

    private static double predicted(Map<String, LinearArm> model, String arm, double[] x) {
        LinearArm known = model.get(arm);
        return known == null ? 0 : known.mean(x);
    }

    private static double[] withBias(LoggedDecision decision) {
        List<Double> all = new ArrayList<>(decision.features());
        all.add(1.0);
        return all.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static Estimate estimate(double[] values) {
        double mean = mean(values);
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return new Estimate(mean, Math.sqrt(squares / (values.length - 1) / values.length));
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }
}
