package io.github.tandem4j.router.online;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.VersionedFile;
import io.github.tandem4j.routing.Affinity;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Router;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns while it routes: a contextual bandit, with a linear model of each endpoint's reward. Each choice balances what is
 * known to be good against what may be better, and says the probability that it was made with.
 *
 * <pre>{@code
 * Bandit bandit = Bandit.thompson(features, "text-24").perDollar(50).logTo(log).build();
 * Routing routing = Routing.among(small, large).by(bandit).build();
 *
 * Reply reply = routing.answer(request.evidence(Bandit.DECISION, "order-4711"));
 * bandit.learn("order-4711", 1.0);          // minutes later, from a thumb up
 * }</pre>
 *
 * <ul>
 *   <li>A reward is {@code quality − perDollar · cost}. It may come late, in any order, or never: it is matched by the
 *       decision's id, which the request brings under {@link #DECISION}, and which is its tenant's own; without one a fresh id
 *       is made, and the decision's reason says it. A second reward for an id is ignored, and one for an unknown id is reported
 *       as such.
 *   <li>It teaches of the endpoint that answered, at what that cost, which the routing tells. That need not be the chosen one:
 *       a session may have stayed with another, or a quota was used up. Whoever asks a bandit without a routing says it by
 *       {@link #answered}; as long as it is not known who answered, no reward is learned.
 *   <li>An id that comes again, as with a second attempt, is the same decision: it is not logged again, and the arm stays the
 *       same if it still is a candidate.
 *   <li>LinUCB is deterministic, so a share of its choices is uniform: every propensity is known and over zero. For Thompson
 *       sampling the probability that an arm's draw is highest is integrated numerically, and the arm is drawn by these
 *       probabilities and not by a draw of weights: so what is logged is exactly what was drawn by, however coarse the
 *       integral (to about 1 %). A share is uniform too.
 *   <li>A candidate never seen starts with the prior, so a new model joins at any time.
 *   <li>A request's tenant has a model of its own, which starts from that of all, as if that had seen so many rewards at most,
 *       and all of its rewards teach both. The least used tenants beyond the bound are forgotten, and start again so.
 *   <li>A log that cannot be written fails no call: the first failure is logged as a warning, and all are {@linkplain #unlogged
 *       counted}.
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

    private static final Logger LOG = LoggerFactory.getLogger(Bandit.class);

    private final BanditBuilder settings;
    private final BanditState state;
    private final PendingDecisions pending;
    private final AtomicLong unlogged = new AtomicLong();
    private long decisions;

    Bandit(BanditBuilder settings, BanditState state, PendingDecisions pending) {
        this.settings = settings;
        this.state = state;
        this.pending = pending;
        decisions = state.decisions();
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
        /** Nobody is known to have answered, so nobody can be credited; nothing changed, and the decision still waits. */
        UNATTRIBUTED,
        /** No such decision is remembered: it never was, has expired, or was one too many; nothing changed. */
        UNKNOWN
    }

    @Override
    public Choice choose(Request request, List<ModelEndpoint> candidates) {
        float[] features;
        try {
            features = settings.features(request);
        } catch (PrivacyException e) {
            return Choice.abstain("nothing is seen of the request: " + e.getMessage());
        }
        String tenant = request.context().tenant().orElse("");
        Pending.Key key = new Pending.Key(
                tenant,
                valid(request.evidence()
                        .get(DECISION)
                        .orElseGet(() -> UUID.randomUUID().toString())));
        Pending before = pending.find(key);
        ModelEndpoint same = before == null ? null : candidate(candidates, before.arm());
        if (same != null) {
            return Choice.of(same, "decision " + key.id() + " again")
                    .whenAnswered((by, reply) -> answered(key, by, reply));
        }
        double[] x = BanditBuilder.withBias(features);
        List<String> arms = candidates.stream().map(ModelEndpoint::id).toList();
        double[] means = new double[arms.size()];
        double[] deviations = new double[arms.size()];
        long decision;
        synchronized (state) {
            decision = ++decisions;
            for (int i = 0; i < means.length; i++) {
                LinearArm arm = state.arm(tenant, arms.get(i), x.length, decision);
                means[i] = arm.mean(x);
                deviations[i] = arm.deviation(x);
            }
        }
        double[] propensities = settings.propensities(means, deviations);
        int chosen = draw(propensities, decision);
        Choice choice = Choice.of(
                candidates.get(chosen),
                String.format(
                        Locale.ROOT,
                        "decision %s, with probability %.3g; reward %.3g ± %.2g expected",
                        key.id(),
                        propensities[chosen],
                        means[chosen],
                        deviations[chosen]),
                Confidence.rawScore(means[chosen], "expected reward"));
        if (pending.isRewarded(key)) {
            return choice.because(choice.why() + "; nothing is learned of it, since the decision has its reward");
        }
        if (pending.add(key, new Pending(arms.get(chosen), features, decision, settings.clock.millis())) == null) {
            log(() -> settings.log(new LoggedDecision(
                    key.id(),
                    tenant,
                    arms,
                    BanditBuilder.boxed(propensities),
                    chosen,
                    BanditBuilder.boxed(features),
                    OptionalDouble.empty(),
                    "",
                    // A session may stay against the choice, by a rule that these probabilities know nothing of.
                    request.evidence().get(Affinity.KEY).isEmpty())));
        }
        return choice.whenAnswered((by, reply) -> answered(key, by, reply));
    }

    private void answered(Pending.Key key, ModelEndpoint by, Reply reply) {
        answered(key.tenant(), key.id(), by.id(), reply.cost().usd());
    }

    /**
     * Notes who answered; a routing by this bandit tells it by itself. Of several the latest counts. Without such a decision
     * nothing happens.
     *
     * @param tenant the request's; empty if it had none
     * @param id the decision's
     * @param endpoint the id of the endpoint that answered
     * @param cost what its answer has cost
     */
    public void answered(String tenant, String id, String endpoint, Usd cost) {
        Objects.requireNonNull(endpoint, "endpoint");
        Objects.requireNonNull(cost, "cost");
        pending.change(new Pending.Key(tenant, id), decision -> decision.answered(endpoint, cost));
    }

    /** Learns what came of a decision for a request without a tenant. See {@link #learn(String, String, double)}. */
    public Feedback learn(String id, double quality) {
        return learn("", id, quality);
    }

    /**
     * Learns what came of a decision: of the endpoint that answered, at what its answer has cost.
     *
     * @param tenant the request's; empty if it had none
     * @param id the decision's
     * @param quality how good the answer was, usually 0 to 1; finite
     * @return what became of it
     */
    public Feedback learn(String tenant, String id, double quality) {
        if (!Double.isFinite(quality)) {
            throw new IllegalArgumentException(
                    "quality of decision " + id + " is " + quality + "; valid is a finite number");
        }
        Pending.Key key = new Pending.Key(tenant, id);
        double reward;
        String by;
        synchronized (state) {
            Pending decision = pending.take(key);
            by = decision == null ? null : decision.answeredBy();
            if (decision == null || by == null) {
                return pending.find(key) != null
                        ? Feedback.UNATTRIBUTED
                        : pending.isRewarded(key) ? Feedback.DUPLICATE : Feedback.UNKNOWN;
            }
            reward = quality - settings.perDollar * decision.cost().nanos() / 1e9;
            state.learn(tenant, by, decision.withBias(), reward, decision.decided());
        }
        log(() -> settings.logReward(key, reward, by));
        return Feedback.LEARNED;
    }

    /** {@return how many decisions wait for their reward} */
    public long pending() {
        return pending.size();
    }

    /** {@return how many decisions and rewards could not be written to the log} */
    public long unlogged() {
        return unlogged.get();
    }

    private void log(Runnable write) {
        try {
            write.run();
        } catch (UncheckedIOException e) {
            if (unlogged.getAndIncrement() == 0) {
                LOG.warn(
                        "A bandit goes on without its log; further failures are counted and not told: {}",
                        e.getMessage());
            }
        }
    }

    /**
     * Writes all that it knows: what was learned for all and for each tenant, and the decisions that wait for their reward.
     *
     * @throws IOException if that fails; the file is then as it was
     * @throws io.github.tandem4j.ModelFileException if it would have more than 512 MiB; the file is then as it was
     */
    public void write(Path path) throws IOException {
        ObjectNode file;
        synchronized (state) {
            file = state.toFile(settings.featuresId, decisions);
            pending.write(file); // under the lock, so that no decision is neither waiting nor learned
        }
        VersionedFile.write(path, file);
    }

    private static String valid(String id) {
        if (id.isBlank() || id.length() > LONGEST_ID) {
            throw new ConfigurationException(
                    "id of a decision has " + id.length() + " characters; valid is 1 to " + LONGEST_ID);
        }
        return id;
    }

    private static @Nullable ModelEndpoint candidate(List<ModelEndpoint> candidates, String id) {
        return candidates.stream()
                .filter(candidate -> candidate.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    /** {@return a number for each arm's weights of this tenant, for tests} */
    double expected(String tenant, String arm, double[] features) {
        synchronized (state) {
            return state.arm(tenant, arm, features.length, decisions).mean(features);
        }
    }

    /** {@return how unsure it is of an arm, for tests} */
    double uncertainty(String tenant, String arm, double[] features) {
        synchronized (state) {
            return state.arm(tenant, arm, features.length, decisions).deviation(features);
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

    @Override
    public String toString() {
        return "Bandit[" + settings.featuresId + ", " + pending() + " decisions wait for their reward"
                + (unlogged() == 0 ? "" : ", " + unlogged() + " lines not logged") + "]";
    }
}
