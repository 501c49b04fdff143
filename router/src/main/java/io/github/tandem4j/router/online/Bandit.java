package io.github.tandem4j.router.online;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Router;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Learns while it routes: a contextual bandit, with a linear model of each endpoint's reward. Each choice balances what is
 * known to be good against what may be better, and says the probability that it was made with.
 *
 * <pre>{@code
 * Bandit bandit = Bandit.thompson(features, "text-24").perDollar(50).logTo(log).build();
 * Routing routing = Routing.among(small, large).by(bandit).build();
 *
 * Reply reply = routing.answer(request.evidence(Bandit.DECISION, "order-4711"));
 * bandit.learn("order-4711", 1.0, reply.cost().usd());          // minutes later, from a thumb up
 * }</pre>
 *
 * <ul>
 *   <li>A reward is {@code quality − perDollar · cost}. It may come late, in any order, or never: it is matched by the
 *       decision's id, which the request brings under {@link #DECISION}; without one a fresh id is made, and the decision's
 *       reason says it. A second reward for an id is ignored, and one for an unknown id is reported as such.
 *   <li>LinUCB is deterministic, so a share of its choices is uniform: every propensity is known and over zero. For Thompson
 *       sampling the probability that an arm's draw is highest is integrated numerically, and the arm is drawn by these
 *       probabilities and not by a draw of weights: so what is logged is exactly what was drawn by, however coarse the
 *       integral (to about 1 %). A share is uniform too.
 *   <li>A candidate never seen starts with the prior, so a new model joins at any time.
 *   <li>A request's tenant has a model of its own, which starts from that of all, as if that had seen so many rewards at most,
 *       and all of its rewards teach both. The least used tenants beyond the bound are forgotten, and start again so.
 * </ul>
 *
 * <p>An arm takes 16·d² bytes for d features and one, for each tenant too.
 *
 * <p>Thread-safe. Its lock is held for arithmetic alone: d² operations a candidate and reward, d³ with forgetting.
 */
public final class Bandit implements Router {

    /** Under this key a request brings the id of the decision that will be made about it; 1 to 256 characters. */
    public static final EvidenceKey<String> DECISION = EvidenceKey.of("decision id", String.class);

    private static final int LONGEST_ID = 256;

    /** A decision that waits for its reward. */
    private static final class Pending {

        private final String tenant;
        private final String arm;
        private final double[] features;
        private final long decided;

        Pending(String tenant, String arm, double[] features, long decided) {
            this.tenant = tenant;
            this.arm = arm;
            this.features = features;
            this.decided = decided;
        }
    }

    private final BanditBuilder settings;
    private final BanditState state;
    private final Cache<String, Pending> pending;
    private final Cache<String, Boolean> rewarded;
    private long decisions;

    Bandit(BanditBuilder settings, BanditState state) {
        this.settings = settings;
        this.state = state;
        decisions = state.newest();
        pending = remembered(settings);
        rewarded = remembered(settings);
    }

    /**
     * Starts a bandit that is optimistic: LinUCB.
     *
     * @param features what it sees of a request
     * @param featuresId names them in files, so that what was learned is never read with others; not blank
     */
    public static BanditBuilder linUcb(ContextFeatures features, String featuresId) {
        return new BanditBuilder(Exploration.LIN_UCB, features, featuresId);
    }

    /** Starts a bandit that draws by its posterior: linear Thompson sampling. See {@link #linUcb}. */
    public static BanditBuilder thompson(ContextFeatures features, String featuresId) {
        return new BanditBuilder(Exploration.THOMPSON, features, featuresId);
    }

    /** What became of a reward. */
    public enum Feedback {
        /** It was learned from. */
        LEARNED,
        /** The decision had one already; nothing changed. */
        DUPLICATE,
        /** No such decision is remembered: it never was, has expired, or was one too many; nothing changed. */
        UNKNOWN
    }

    @Override
    public Choice choose(Request request, List<ModelEndpoint> candidates) {
        double[] x;
        try {
            x = settings.withBias(request);
        } catch (PrivacyException e) {
            return Choice.abstain("nothing is seen of the request: " + e.getMessage());
        }
        String tenant = request.context().tenant().orElse("");
        String id = request.evidence()
                .get(DECISION)
                .orElseGet(() -> UUID.randomUUID().toString());
        if (id.isBlank() || id.length() > LONGEST_ID) {
            throw new ConfigurationException(
                    "id of a decision has " + id.length() + " characters; valid is 1 to " + LONGEST_ID);
        }
        List<String> arms = candidates.stream().map(ModelEndpoint::id).toList();
        double[] means = new double[arms.size()];
        double[] deviations = new double[arms.size()];
        long decision;
        synchronized (state) {
            decision = ++decisions;
            for (int i = 0; i < means.length; i++) {
                LinearArm arm = state.arm(tenant, arms.get(i), x.length);
                means[i] = arm.mean(x);
                deviations[i] = arm.deviation(x);
            }
        }
        double[] propensities = settings.propensities(means, deviations);
        int chosen = draw(propensities, decision);
        pending.put(id, new Pending(tenant, arms.get(chosen), x, decision));
        settings.log(new LoggedDecision(
                id,
                tenant,
                arms,
                BanditBuilder.boxed(propensities, propensities.length),
                chosen,
                BanditBuilder.boxed(x, x.length - 1),
                OptionalDouble.empty()));
        return Choice.of(
                candidates.get(chosen),
                String.format(
                        Locale.ROOT,
                        "decision %s, with probability %.3g; reward %.3g ± %.2g expected",
                        id,
                        propensities[chosen],
                        means[chosen],
                        deviations[chosen]),
                Confidence.rawScore(means[chosen], "expected reward"));
    }

    /**
     * Learns what came of a decision.
     *
     * @param id the decision's
     * @param quality how good the answer was, usually 0 to 1; finite
     * @param cost what it has cost
     * @return what became of it
     */
    public Feedback learn(String id, double quality, Usd cost) {
        double reward = quality - settings.perDollar * cost.nanos() / 1e9;
        if (!Double.isFinite(reward)) {
            throw new IllegalArgumentException(
                    "quality of decision " + id + " is " + quality + "; valid is a finite number");
        }
        Pending decision = pending.asMap().remove(id);
        if (decision == null) {
            return rewarded.getIfPresent(id) == null ? Feedback.UNKNOWN : Feedback.DUPLICATE;
        }
        rewarded.put(id, true);
        synchronized (state) {
            state.learn(decision.tenant, decision.arm, decision.features, reward, decision.decided);
        }
        settings.logReward(id, reward);
        return Feedback.LEARNED;
    }

    /** {@return how many decisions wait for their reward} */
    public long pending() {
        pending.cleanUp();
        return pending.estimatedSize();
    }

    /**
     * Writes what was learned for all; what is pending and what tenants have of their own is not written: tenants start again
     * from what all have taught.
     */
    public void write(Path path) throws IOException {
        BanditState copy;
        synchronized (state) {
            copy = state.copyOfShared();
        }
        copy.write(path, settings.featuresId);
    }

    /** {@return a number for each arm's weights of this tenant, for tests} */
    double expected(String tenant, String arm, double[] features) {
        synchronized (state) {
            return state.arm(tenant, arm, features.length).mean(features);
        }
    }

    private int draw(double[] propensities, long decision) {
        double u = new SplittableRandom(settings.seed + 0x9E3779B97F4A7C15L * decision).nextDouble();
        for (int i = 0; i < propensities.length; i++) {
            u -= propensities[i];
            if (u < 0) {
                return i;
            }
        }
        int last = propensities.length - 1;
        while (propensities[last] == 0) {
            last--;
        }
        return last;
    }

    private static <V> Cache<String, V> remembered(BanditBuilder settings) {
        return Caffeine.newBuilder()
                .maximumSize(settings.mostPending)
                .expireAfterWrite(settings.expiry)
                .executor(Runnable::run)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(settings.clock.millis()))
                .build();
    }
}
