package io.github.tandem4j.routing;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a router chose, and why; or that it leaves the choice to somebody else. Immutable. */
public final class Choice {

    private final @Nullable ModelEndpoint endpoint;
    private final String why;
    private final Confidence confidence;

    private Choice(@Nullable ModelEndpoint endpoint, String why, Confidence confidence) {
        this.endpoint = endpoint;
        this.why = Objects.requireNonNull(why, "why");
        this.confidence = Objects.requireNonNull(confidence, "confidence");
    }

    /** {@return this endpoint, for this reason} */
    public static Choice of(ModelEndpoint endpoint, String why) {
        return of(endpoint, why, Confidence.unknown());
    }

    /** {@return this endpoint, for this reason, with the score that says so} */
    public static Choice of(ModelEndpoint endpoint, String why, Confidence confidence) {
        return new Choice(Objects.requireNonNull(endpoint, "endpoint"), why, confidence);
    }

    /** {@return none: the routing's place for abstentions answers} */
    public static Choice abstain(String why) {
        return new Choice(null, why, Confidence.unknown());
    }

    /** {@return the chosen endpoint; empty for an abstention} */
    public Optional<ModelEndpoint> endpoint() {
        return Optional.ofNullable(endpoint);
    }

    /** {@return the reason, in words} */
    public String why() {
        return why;
    }

    /** {@return the score behind the choice, if there is one} */
    public Confidence confidence() {
        return confidence;
    }

    @Override
    public String toString() {
        return (endpoint == null ? "abstained" : "chose " + endpoint.id()) + ": " + why;
    }
}
