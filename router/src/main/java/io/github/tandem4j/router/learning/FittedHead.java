package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;

/** A head that has learned. Immutable; predicts on many threads at once. */
public interface FittedHead {

    /**
     * {@return for each target one number a row}
     *
     * @param rows of as many features as those that were learned from
     */
    double[][] predict(FeatureRows rows);

    /** Writes what {@link Head#read} needs to predict the same, to the bit. */
    void write(Weights weights);
}
