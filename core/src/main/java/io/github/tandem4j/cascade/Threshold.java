package io.github.tandem4j.cascade;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A rule that compares a measure with a number: made by {@link ConfidenceMeasure#atLeast} and {@link
 * ConfidenceMeasure#atMost}. It may decide while the answer is still being made:
 *
 * <pre>{@code
 * meanTokenProbability().atLeast(0.70)    // of the whole answer
 *         .keepEarly(0.85)                // or as soon as the first tokens reach this
 *         .deferEarly(0.40)               // or do not even reach this
 *         .after(12)                      // tokens, of which so many are awaited
 * }</pre>
 *
 * <p>This is a sequential test with two boundaries (Wald, 1945) on the measure of the tokens so far. An answer is what
 * its first decisive token made it: a caller that waits for the whole answer and one that listens get the same verdict.
 * An answer kept early is committed, whatever follows. How often that differs from a verdict on the whole answer depends
 * on the boundaries' distance from the threshold, and is to be measured.
 *
 * <p>A measure that can only fall, such as the minimum, decides to defer by itself as soon as it has fallen below the
 * threshold, which changes no verdict. Each token is looked at once.
 *
 * <p>Immutable and thread-safe if its measure is.
 */
public final class Threshold implements DeferralRule {

    private static final int USUAL_AFTER = 8;

    private final ConfidenceMeasure measure;
    private final boolean higherIsSurer;
    private final double threshold;
    private final double keepEarly;
    private final double deferEarly;
    private final int after;

    Threshold(ConfidenceMeasure measure, boolean higherIsSurer, double threshold) {
        this(measure, higherIsSurer, finite("threshold", threshold), Double.NaN, Double.NaN, USUAL_AFTER);
    }

    private Threshold(
            ConfidenceMeasure measure,
            boolean higherIsSurer,
            double threshold,
            double keepEarly,
            double deferEarly,
            int after) {
        this.measure = measure;
        this.higherIsSurer = higherIsSurer;
        this.threshold = threshold;
        this.keepEarly = keepEarly;
        this.deferEarly = deferEarly;
        this.after = after;
    }

    /**
     * Keeps an answer in the making as soon as the measure of its tokens so far reaches this.
     *
     * @param boundary at least as sure as the threshold
     * @throws IllegalArgumentException if it is not, or if the measure has no {@linkplain ConfidenceMeasure#running running
     *     form}
     */
    public Threshold keepEarly(double boundary) {
        requireRunning();
        if (!reaches(finite("boundary for keeping early", boundary), threshold)) {
            throw new IllegalArgumentException("boundary for keeping early is " + boundary
                    + "; valid is a number at least as sure as the threshold " + threshold);
        }
        return new Threshold(measure, higherIsSurer, threshold, boundary, deferEarly, after);
    }

    /**
     * Defers an answer in the making, and stops it, as soon as the measure of its tokens so far does not reach this.
     *
     * @param boundary at most as sure as the threshold
     * @throws IllegalArgumentException if it is not, or if the measure has no {@linkplain ConfidenceMeasure#running running
     *     form}
     */
    public Threshold deferEarly(double boundary) {
        requireRunning();
        if (!reaches(threshold, finite("boundary for deferring early", boundary))) {
            throw new IllegalArgumentException("boundary for deferring early is " + boundary
                    + "; valid is a number at most as sure as the threshold " + threshold);
        }
        return new Threshold(measure, higherIsSurer, threshold, keepEarly, boundary, after);
    }

    /** Decides early after this many tokens at the earliest, 1 or more; 8 unless it is said. */
    public Threshold after(int tokens) {
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens to await are " + tokens + "; valid is 1 or more");
        }
        return new Threshold(measure, higherIsSurer, threshold, keepEarly, deferEarly, tokens);
    }

    @Override
    public Verdict judge(Request request, Reply reply) {
        if (hasBoundaries()) {
            TokenScores scores = reply.evidence().get(EvidenceKey.TOKEN_SCORES).orElse(null);
            Verdict early = scores == null ? null : new Test(after).over(scores);
            if (early != null) {
                return early;
            }
        }
        Confidence confidence = measure.measure(request, reply);
        if (!confidence.isKnown()) {
            return new Verdict(false, "confidence is " + confidence, confidence);
        }
        boolean keeps = reaches(confidence.value(), threshold);
        return new Verdict(keeps, compared(confidence, keeps, threshold, ""), confidence);
    }

    @Override
    public ReadingWishes wishes() {
        return measure.wishes();
    }

    @Override
    public void requireStage(String cascade, ModelEndpoint stage) {
        measure.requireStage(cascade, stage);
    }

    @Override
    public RunningJudge whileAnswering(Request request) {
        if (!hasBoundaries() && !defersByItself()) {
            return RunningJudge.PATIENT;
        }
        Test test = new Test(hasBoundaries() ? after : 1);
        return (text, scores) -> Optional.ofNullable(test.over(scores));
    }

    /** The sequential test of one answer. */
    private final class Test {

        private final RunningMeasure running = measure.running().orElseThrow();
        private final int first;
        private int tokens;

        /** @param first the first token at which it may be decisive */
        Test(int first) {
            this.first = first;
        }

        /** {@return the verdict at the first decisive token of these, which follow on those before; null if none is} */
        @Nullable
        Verdict over(TokenScores more) {
            for (int i = 0; i < more.size(); i++) {
                Confidence soFar = running.next(more, i);
                Verdict verdict = ++tokens < first || !soFar.isKnown() ? null : verdict(soFar);
                if (verdict != null) {
                    return verdict;
                }
            }
            return null;
        }

        private @Nullable Verdict verdict(Confidence soFar) {
            String when = " after " + tokens + (tokens == 1 ? " token" : " tokens");
            if (!Double.isNaN(keepEarly) && reaches(soFar.value(), keepEarly)) {
                return new Verdict(true, compared(soFar, true, keepEarly, when), soFar);
            }
            double least = defersByItself() ? threshold : deferEarly;
            return Double.isNaN(least) || reaches(soFar.value(), least)
                    ? null
                    : new Verdict(false, compared(soFar, false, least, when), soFar);
        }
    }

    private boolean defersByItself() {
        return higherIsSurer && measure.onlyFalls() && measure.running().isPresent();
    }

    private boolean hasBoundaries() {
        return !Double.isNaN(keepEarly) || !Double.isNaN(deferEarly);
    }

    private boolean reaches(double value, double boundary) {
        return higherIsSurer ? value >= boundary : value <= boundary;
    }

    private String compared(Confidence confidence, boolean reached, double boundary, String when) {
        String relation = higherIsSurer ? reached ? ">=" : "<" : reached ? "<=" : ">";
        return String.format(Locale.ROOT, "%s %s %.3g%s", confidence, relation, boundary, when);
    }

    private void requireRunning() {
        if (measure.running().isEmpty()) {
            throw new IllegalArgumentException(
                    "the measure tells nothing before the answer's end, so no boundary can be"
                            + " reached; valid is a measure with a running form, such as the mean token probability");
        }
    }

    private static double finite(String what, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(what + " is " + value + "; valid is a finite number");
        }
        return value;
    }
}
