package io.github.tandem4j.routing;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What a router chose, and why; or that it leaves the choice to somebody else. Immutable. */
public final class Choice {

    private final @Nullable ModelEndpoint endpoint;
    private final String why;
    private final Confidence confidence;
    private final @Nullable BiConsumer<ModelEndpoint, Reply> told;

    private Choice(
            @Nullable ModelEndpoint endpoint,
            String why,
            Confidence confidence,
            @Nullable BiConsumer<ModelEndpoint, Reply> told) {
        this.told = told;
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
        return new Choice(Objects.requireNonNull(endpoint, "endpoint"), why, confidence, null);
    }

    /** {@return none: the routing's place for abstentions answers} */
    public static Choice abstain(String why) {
        return new Choice(null, why, Confidence.unknown(), null);
    }

    /**
     * {@return the same choice, of which this is told who answered} That need not be whom it chose: a session may have stayed
     * with another. It is told after the answer, on the thread of the call, and never of a call that failed; what it throws is
     * logged and breaks no call.
     *
     * @param listener given the endpoint that answered and its reply
     */
    public Choice whenAnswered(BiConsumer<ModelEndpoint, Reply> listener) {
        return new Choice(endpoint, why, confidence, Objects.requireNonNull(listener, "listener"));
    }

    /** {@return the same choice for another reason} */
    public Choice because(String reason) {
        return new Choice(endpoint, reason, confidence, told);
    }

    /** {@return another endpoint, for this reason; who made this choice is told who answered all the same} */
    public Choice instead(ModelEndpoint other, String reason) {
        return new Choice(Objects.requireNonNull(other, "endpoint"), reason, Confidence.unknown(), told);
    }

    /** {@return none, for this reason; who made this choice is told who answered all the same} */
    public Choice abstaining(String reason) {
        return new Choice(null, reason, Confidence.unknown(), told);
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

    /** Tells who made this choice who answered. */
    void answered(ModelEndpoint by, Reply reply) {
        if (told != null) {
            told.accept(by, reply);
        }
    }

    @Override
    public String toString() {
        return (endpoint == null ? "abstained" : "chose " + endpoint.id()) + ": " + why;
    }
}
