package io.github.tandem4j.router.certificates;

/**
 * An answer of the model to be certified, with what is known of it: how sure it was, and how good it was.
 *
 * <p>Record it as the cascade will meet it: the same model, prompt and sampling parameters, and the confidence that the
 * deferral rule will read. In production the confidence is {@code reply.confidence()}, or a measure of {@code
 * io.github.tandem4j.cascade.Confidences} over the reply, and the quality is what a person, a checker or an {@link Audit}
 * says.
 *
 * @param confidence any finite number, higher is surer; negative infinity for an answer that a cascade would not even judge
 * @param quality 0..1; of answers that are right or wrong, 1 or 0
 */
public record LabelledAnswer(double confidence, double quality) {

    /** Refuses numbers out of range, NaN above all. */
    public LabelledAnswer {
        if (Double.isNaN(confidence) || confidence == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "confidence is " + confidence
                            + "; valid is a finite number. An answer without one is deferred: LabelledAnswer.deferred(quality)");
        }
        if (!(quality >= 0 && quality <= 1)) {
            throw new IllegalArgumentException("quality is " + quality + "; valid is 0..1");
        }
        confidence += 0.0; // a negative zero is a zero
    }

    /** {@return an answer that is right or wrong} */
    public static LabelledAnswer of(double confidence, boolean right) {
        return new LabelledAnswer(confidence, right ? 1 : 0);
    }

    /**
     * {@return an answer that is deferred whatever the threshold: without a confidence, or {@linkplain
     * io.github.tandem4j.cascade.Cascade malformed}}
     */
    public static LabelledAnswer deferred(double quality) {
        return new LabelledAnswer(Double.NEGATIVE_INFINITY, quality);
    }

    /** {@return whether it can be kept at some threshold} */
    public boolean canBeKept() {
        return confidence != Double.NEGATIVE_INFINITY;
    }

    /** {@return 1 - quality, 0..1} */
    public double loss() {
        return 1 - quality;
    }
}
