package io.github.tandem4j.router.online;

import io.github.tandem4j.Usd;
import org.jspecify.annotations.Nullable;

/** A decision that waits for its reward. Immutable. */
final class Pending {

    /** A decision's id, which is its tenant's own. */
    record Key(String tenant, String id) {}

    private final String arm;
    private final float[] features;
    private final long decided;
    private final long atMillis;
    private final @Nullable String answeredBy;
    private final Usd cost;

    /**
     * @param arm who was chosen
     * @param features what was seen, without the bias
     * @param decided which decision of the bandit it was
     */
    Pending(String arm, float[] features, long decided, long atMillis) {
        this(arm, features, decided, atMillis, null, Usd.ZERO);
    }

    Pending(String arm, float[] features, long decided, long atMillis, @Nullable String answeredBy, Usd cost) {
        this.arm = arm;
        this.features = features;
        this.decided = decided;
        this.atMillis = atMillis;
        this.answeredBy = answeredBy;
        this.cost = cost;
    }

    Pending answered(String by, Usd total) {
        return new Pending(arm, features, decided, atMillis, by, total);
    }

    String arm() {
        return arm;
    }

    float[] features() {
        return features;
    }

    double[] withBias() {
        return BanditBuilder.withBias(features);
    }

    long decided() {
        return decided;
    }

    long atMillis() {
        return atMillis;
    }

    /** {@return who answered; null as long as nobody is known to have} */
    @Nullable
    String answeredBy() {
        return answeredBy;
    }

    Usd cost() {
        return cost;
    }
}
