package io.github.tandem4j.cascade;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.Locale;

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
     * {@return a rule that keeps answers whose measure is at least this, and defers the others and those that it cannot
     * measure}
     */
    default DeferralRule atLeast(double threshold) {
        requireFinite(threshold);
        return (request, reply) -> {
            Confidence confidence = measure(request, reply);
            return new Verdict(
                    confidence.isAtLeast(threshold),
                    compared(confidence, confidence.isAtLeast(threshold) ? ">=" : "<", threshold),
                    confidence);
        };
    }

    /**
     * {@return a rule that keeps answers whose measure is at most this, such as an entropy, and defers the others and
     * those that it cannot measure}
     */
    default DeferralRule atMost(double threshold) {
        requireFinite(threshold);
        return (request, reply) -> {
            Confidence confidence = measure(request, reply);
            boolean keeps = confidence.value() <= threshold;
            return new Verdict(keeps, compared(confidence, keeps ? "<=" : ">", threshold), confidence);
        };
    }

    private static String compared(Confidence confidence, String relation, double threshold) {
        return confidence.isKnown()
                ? String.format(Locale.ROOT, "%s %s %.3g", confidence, relation, threshold)
                : "confidence is " + confidence;
    }

    private static void requireFinite(double threshold) {
        if (!Double.isFinite(threshold)) {
            throw new IllegalArgumentException("threshold is " + threshold + "; valid is a finite number");
        }
    }
}
