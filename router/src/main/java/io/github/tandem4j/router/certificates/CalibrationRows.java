package io.github.tandem4j.router.certificates;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Labelled answers to certify on: a fresh sample of the requests that will reach the stage, independent of each other,
 * that nothing was tuned on. Immutable.
 */
public final class CalibrationRows {

    private final List<LabelledAnswer> answers;
    private final int gaps;
    private final String fingerprint;

    private CalibrationRows(List<LabelledAnswer> answers, int gaps, String fingerprint) {
        this.answers = List.copyOf(answers);
        this.gaps = gaps;
        this.fingerprint = fingerprint;
    }

    /** These answers, in an order that does not depend on how good they are. */
    public static CalibrationRows of(List<LabelledAnswer> answers) {
        return new CalibrationRows(answers, 0, fingerprint("", answers));
    }

    private static String fingerprint(String source, List<LabelledAnswer> answers) {
        MessageDigest digest = sha256();
        digest.update(source.getBytes(StandardCharsets.UTF_8));
        for (LabelledAnswer answer : answers) {
            digest.update(ByteBuffer.allocate(16)
                    .putDouble(answer.confidence())
                    .putDouble(answer.quality())
                    .array());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * A model's recorded outcomes. An outcome without a confidence, or with an empty answer, is deferred at every
     * threshold, as a cascade would; a query without an outcome of the model is a gap, and left out.
     *
     * @throws ConfigurationException if no query has an outcome of the model, or none a confidence
     */
    public static CalibrationRows of(RecordedOutcomes outcomes, String model) {
        List<LabelledAnswer> answers = new ArrayList<>(outcomes.size());
        int sure = 0;
        for (RecordedQuery query : outcomes) {
            RecordedOutcome outcome = query.outcome(model).orElse(null);
            if (outcome == null) {
                continue;
            }
            boolean empty = outcome.response().filter(String::isBlank).isPresent();
            if (outcome.confidence().isPresent()) {
                sure++;
            }
            answers.add(
                    outcome.confidence().isEmpty() || empty
                            ? LabelledAnswer.deferred(outcome.score())
                            : new LabelledAnswer(outcome.confidence().getAsDouble(), outcome.score()));
        }
        if (answers.isEmpty()) {
            throw new ConfigurationException(
                    "no query has an outcome of " + model + "; the data has " + outcomes.models());
        }
        if (sure == 0) {
            throw new ConfigurationException("none of the " + answers.size() + " outcomes of " + model
                    + " has a confidence; valid are outcomes with a field confidence, which a threshold is put on");
        }
        return new CalibrationRows(
                answers, outcomes.size() - answers.size(), fingerprint(outcomes.fingerprint(), answers));
    }

    /** {@return the answers} */
    public List<LabelledAnswer> answers() {
        return answers;
    }

    /** {@return how many there are} */
    public int size() {
        return answers.size();
    }

    /** {@return how many of them are deferred at every threshold} */
    public int deferred() {
        return (int) answers.stream().filter(answer -> !answer.canBeKept()).count();
    }

    /** {@return how many queries had no outcome of the model} */
    public int gaps() {
        return gaps;
    }

    /** {@return SHA-256, in hex, of what they were made of} */
    public String fingerprint() {
        return fingerprint;
    }

    /** {@return the mean loss of all of them, 0..1; NaN if there are none} */
    public double error() {
        return answers.stream().mapToDouble(LabelledAnswer::loss).average().orElse(Double.NaN);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** {@return how many, without any of them} */
    @Override
    public String toString() {
        return size() + " answers, " + deferred() + " of them deferred at every threshold, " + gaps + " gaps";
    }
}
