package io.github.tandem4j.cascade;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.Optional;

/**
 * Measures how sure an answer is. {@link Confidences} has those that read the reply's own evidence; a lambda is one of
 * your own.
 *
 * <p>Called by many threads at once.
 */
@FunctionalInterface
public interface ConfidenceMeasure {

    /** Measures an answer; {@link Confidence#unknown(String)} if it lacks what is measured, never null. */
    Confidence measure(Request request, Reply reply);

    /**
     * {@return what measures one answer while it is made, and after its last token says what {@link #measure} would;
     * empty, unless the measure says otherwise, if only whole answers are measured}
     */
    default Optional<RunningMeasure> running() {
        return Optional.empty();
    }

    /** {@return what is to be read of the model whose answers it measures; nothing unless the measure says otherwise} */
    default ReadingWishes wishes() {
        return ReadingWishes.NONE;
    }

    /**
     * Told of the stage whose answers it measures, as {@link DeferralRule#requireStage} is. Does nothing by default.
     *
     * @param cascade the id of the cascade
     * @param stage whose answers it measures
     * @throws IllegalArgumentException if the measure was not made for this stage
     */
    default void requireStage(String cascade, ModelEndpoint stage) {}

    /** {@return whether the {@linkplain #running running} measure never rises from one token to the next} */
    default boolean onlyFalls() {
        return false;
    }

    /**
     * {@return a rule that keeps answers whose measure is at least this, and defers the others and those that it cannot
     * measure; on request it decides before the answer's end}
     */
    default Threshold atLeast(double threshold) {
        return new Threshold(this, true, threshold);
    }

    /**
     * {@return a rule that keeps answers whose measure is at most this, such as an entropy, and defers the others and
     * those that it cannot measure; on request it decides before the answer's end}
     */
    default Threshold atMost(double threshold) {
        return new Threshold(this, false, threshold);
    }
}
