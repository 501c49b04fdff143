package io.github.tandem4j.router.online;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.VersionedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link Bandit}.
 *
 * <ul>
 *   <li>money does not count
 *   <li>2 % of the choices are uniform; the width of the exploration is 0.3 posterior deviations
 *   <li>nothing is forgotten
 *   <li>1,000 tenants at most, each starting from 50 rewards' worth of what all have taught, at most
 *   <li>100,000 decisions wait for their reward at most, for a day
 *   <li>seed 7; time: the system's clock; no log
 * </ul>
 */
public final class BanditBuilder {

    static final int MOST_FEATURES = 1_024;
    private static final int MOST_FEATURES_FORGETTING = 128;

    final String featuresId;
    private final Exploration exploration;
    private final ContextFeatures features;
    private double width = 0.3;
    private double uniform = 0.02;
    private @Nullable PropensityLog log;
    double perDollar;
    double forgetting = 1;
    double strength = 50;
    long mostTenants = 1_000;
    long mostPending = 100_000;
    Duration expiry = Duration.ofDays(1);
    Clock clock = Clock.systemUTC();
    long seed = 7;

    BanditBuilder(Exploration exploration, ContextFeatures features, String featuresId) {
        this.exploration = exploration;
        this.features = Objects.requireNonNull(features, "features");
        if (featuresId.isBlank()) {
            throw new IllegalArgumentException("id of the features is blank; valid is a name such as text-24");
        }
        this.featuresId = featuresId;
    }

    /** What is built does not change with its builder. */
    private BanditBuilder(BanditBuilder from) {
        this(from.exploration, from.features, from.featuresId);
        width = from.width;
        uniform = from.uniform;
        log = from.log;
        perDollar = from.perDollar;
        forgetting = from.forgetting;
        strength = from.strength;
        mostTenants = from.mostTenants;
        mostPending = from.mostPending;
        expiry = from.expiry;
        clock = from.clock;
        seed = from.seed;
    }

    /** Takes so much quality off a reward for each dollar of its cost; zero or more. */
    public BanditBuilder perDollar(double quality) {
        perDollar = valid("quality per dollar", quality, 0, 1e9);
        return this;
    }

    /** Explores so widely: the number of posterior deviations that LinUCB adds, the factor on those that Thompson draws by. */
    public BanditBuilder width(double deviations) {
        width = valid("width of the exploration", deviations, 0, 1e3);
        return this;
    }

    /** Makes such a share of choices uniformly; over 0, at most 1, so that no propensity is zero. */
    public BanditBuilder uniform(double share) {
        uniform = valid("uniform share", share, Double.MIN_NORMAL, 1);
        return this;
    }

    /**
     * Weighs a reward by this much less with every decision since; over 0.5, at most 1. For 128 features at most if under 1.
     * What is known fades for an arm that is not tried too, so that it is tried again.
     */
    public BanditBuilder forgetting(double factor) {
        forgetting = valid("forgetting", factor, 0.5, 1);
        return this;
    }

    /**
     * Keeps a model of its own for each of so many tenants.
     *
     * @param most how many, one or more
     * @param sharedStrength as how many rewards at most that counts which all tenants have taught; zero or more
     */
    public BanditBuilder tenants(long most, double sharedStrength) {
        mostTenants = (long) valid("tenants", (double) most, 1, 1e9);
        strength = valid("strength of what is shared", sharedStrength, 0, 1e9);
        return this;
    }

    /** Waits for so many rewards at most, 1 or more, and for each so long. */
    public BanditBuilder waitFor(long most, Duration time) {
        mostPending = (long) valid("pending decisions", (double) most, 1, 1e9);
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("a reward is waited for " + time + "; valid is more than zero");
        }
        expiry = time;
        return this;
    }

    /** Writes every decision with its propensities, and every reward, to this log. */
    public BanditBuilder logTo(PropensityLog to) {
        log = Objects.requireNonNull(to, "log");
        return this;
    }

    /** Draws by this seed. */
    public BanditBuilder seed(long number) {
        seed = number;
        return this;
    }

    /** Tells the time by this clock. */
    public BanditBuilder clock(Clock source) {
        clock = Objects.requireNonNull(source, "clock");
        return this;
    }

    /** {@return a bandit that knows nothing yet} */
    public Bandit build() {
        BanditBuilder settings = new BanditBuilder(this);
        return new Bandit(settings, new BanditState(settings), new PendingDecisions(settings));
    }

    /**
     * {@return a bandit that goes on from a file}
     *
     * @throws ModelFileException if it is of another version, other features or another forgetting, or is damaged
     */
    public Bandit read(Path path) throws IOException {
        VersionedFile file = VersionedFile.read(path, BanditState.KIND, BanditState.VERSION);
        BanditState state = BanditState.read(file, this);
        PendingDecisions pending = new PendingDecisions(this);
        pending.read(file, Math.max(0, state.dimension() - 1), state.decisions());
        return new Bandit(new BanditBuilder(this), state, pending);
    }

    float[] features(Request request) {
        float[] of = features.of(request);
        int most = forgetting < 1 ? MOST_FEATURES_FORGETTING : MOST_FEATURES;
        if (of.length == 0 || of.length > most) {
            throw new ConfigurationException(
                    "features " + featuresId + " are " + of.length + "; valid is 1 to " + most);
        }
        for (int i = 0; i < of.length; i++) {
            if (!Float.isFinite(of[i])) {
                throw new ConfigurationException(
                        "feature " + i + " of " + featuresId + " is " + of[i] + "; valid is a finite number");
            }
        }
        return of.clone();
    }

    static double[] withBias(float[] features) {
        double[] x = new double[features.length + 1];
        for (int i = 0; i < features.length; i++) {
            x[i] = features[i];
        }
        x[features.length] = 1;
        return x;
    }

    double[] propensities(double[] means, double[] deviations) {
        double[] propensities = exploration.probabilities(means, deviations, width);
        for (int i = 0; i < propensities.length; i++) {
            propensities[i] = (1 - uniform) * propensities[i] + uniform / propensities.length;
        }
        return propensities;
    }

    void log(LoggedDecision decision) {
        if (log != null) {
            log.decided(decision);
        }
    }

    void logReward(Pending.Key key, double reward, String answeredBy) {
        if (log != null) {
            log.rewarded(key, reward, answeredBy);
        }
    }

    static List<Double> boxed(double[] numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }

    static List<Double> boxed(float[] numbers) {
        return IntStream.range(0, numbers.length)
                .mapToObj(i -> (double) numbers[i])
                .toList();
    }

    private static double valid(String what, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(what + " is " + value + "; valid is " + least + " to " + most);
        }
        return value;
    }
}
