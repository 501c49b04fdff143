package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.util.function.DoubleConsumer;

/** Learns an estimate of quality from recorded outcomes. A lambda is one; one that learns nothing ignores them. */
@FunctionalInterface
public interface Trainer {

    /** {@return what these outcomes teach; it is tested on queries that are none of them} */
    QualityEstimator train(RecordedOutcomes outcomes);

    /**
     * Trains as {@link #train(RecordedOutcomes)} does, which is what it calls unless one that takes long overrides it.
     *
     * @param progress is told how far the training is, 0..1, on the caller's thread
     */
    default QualityEstimator train(RecordedOutcomes outcomes, DoubleConsumer progress) {
        return train(outcomes);
    }
}
