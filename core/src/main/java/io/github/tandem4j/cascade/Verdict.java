package io.github.tandem4j.cascade;

import io.github.tandem4j.Confidence;
import java.util.Objects;

/**
 * What a rule says of an answer.
 *
 * @param keeps whether the answer is kept; if not, the next stage is asked
 * @param why the reason in words
 * @param confidence the number behind it, if there is one; it becomes the confidence of a kept answer
 */
public record Verdict(boolean keeps, String why, Confidence confidence) {

    /** Refuses nulls. */
    public Verdict {
        Objects.requireNonNull(why, "why");
        Objects.requireNonNull(confidence, "confidence");
    }

    /** {@return that the answer is good enough, for this reason} */
    public static Verdict keep(String why) {
        return new Verdict(true, why, Confidence.unknown());
    }

    /** {@return that the next stage should be asked, for this reason} */
    public static Verdict defer(String why) {
        return new Verdict(false, why, Confidence.unknown());
    }
}
