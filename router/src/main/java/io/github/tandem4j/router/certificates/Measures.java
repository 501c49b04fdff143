package io.github.tandem4j.router.certificates;

import io.github.tandem4j.cascade.ConfidenceMeasure;
import io.github.tandem4j.cascade.Confidences;
import java.util.Optional;

/** Measures of confidence by the name under which a certificate has them. */
final class Measures {

    /** What the endpoint reports, whatever that is. */
    static final String REPORTED = "reported confidence";

    private Measures() {}

    /** {@return the measure of this name, if it is one of core's that rise with confidence} */
    static Optional<ConfidenceMeasure> named(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case REPORTED -> Confidences.reported();
                    case "mean token probability" -> Confidences.meanTokenProbability();
                    case "minimum token probability" -> Confidences.minimumTokenProbability();
                    case "sequence probability" -> Confidences.sequenceProbability();
                    case "mean top-two margin" -> Confidences.meanMargin();
                    default -> null;
                });
    }
}
