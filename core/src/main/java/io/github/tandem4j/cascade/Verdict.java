package io.github.tandem4j.cascade;

import io.github.tandem4j.Confidence;
import java.util.Objects;

/**
 * What a rule says of an answer.
 *
 * @param keeps whether the answer is kept; if not, another stage is asked
 * @param why the reason in words
 * @param confidence the number behind it, if there is one; it becomes the confidence of a kept answer
 * @param to the id of the later stage that a deferral asks for, so that those between are skipped; empty text for the next
 *     one
 */
public record Verdict(boolean keeps, String why, Confidence confidence, String to) {

    /**
     * Refuses nulls, and what is kept and deferred at once.
     *
     * @throws IllegalArgumentException if an answer is kept and another stage is asked for
     */
    public Verdict {
        Objects.requireNonNull(why, "why");
        Objects.requireNonNull(confidence, "confidence");
        if (keeps && !to.isEmpty()) {
            throw new IllegalArgumentException(
                    "the answer is kept, and stage " + to + " is asked for; valid is one of both");
        }
    }

    /** What a rule says without naming a stage: a deferral is to the next one. */
    public Verdict(boolean keeps, String why, Confidence confidence) {
        this(keeps, why, confidence, "");
    }

    /** {@return that the answer is good enough, for this reason} */
    public static Verdict keep(String why) {
        return new Verdict(true, why, Confidence.unknown());
    }

    /** {@return that the next stage should be asked, for this reason} */
    public static Verdict defer(String why) {
        return new Verdict(false, why, Confidence.unknown());
    }

    /**
     * {@return that this later stage should be asked, and those between skipped, for this reason}
     *
     * @param stage the id of a stage after the one whose answer it is; not empty
     */
    public static Verdict deferTo(String stage, String why) {
        if (stage.isEmpty()) {
            throw new IllegalArgumentException("the stage to defer to is empty; valid is the id of a later stage");
        }
        return new Verdict(false, why, Confidence.unknown(), stage);
    }
}
