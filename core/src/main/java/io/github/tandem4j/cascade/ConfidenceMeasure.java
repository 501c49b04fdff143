package io.github.tandem4j.cascade;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;

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
     * Measures an answer in the making by the scores of its tokens so far.
     *
     * @param soFar the scores of one token or more
     * @return {@link Confidence#unknown(String)}, unless the measure says otherwise: only whole answers are measured
     */
    default Confidence measureSoFar(Request request, TokenScores soFar) {
        return Confidence.unknown("only the whole answer is measured");
    }

    /** {@return whether {@link #measureSoFar} never rises from one token to the next, and ends at {@link #measure}} */
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
