package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;

/** Learns an estimate of quality from recorded outcomes. A lambda is one; one that learns nothing ignores them. */
@FunctionalInterface
public interface Trainer {

    /** {@return what these outcomes teach; it is tested on queries that are none of them} */
    QualityEstimator train(RecordedOutcomes outcomes);
}
