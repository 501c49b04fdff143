package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;

/**
 * How like its training data a view finds a request: 1 up to what nearly all of the training data is like, 0 from where
 * nothing was learned, falling between.
 */
interface Familiarity {

    /** {@return 0..1 for a row} */
    double of(FeatureRows rows, int row);

    void write(Weights weights);

    /** Learns what is usual. */
    static Familiarity with(FeatureRows rows, long seed) {
        return rows.isSparse() ? KnownColumns.of(rows) : Neighbourhoods.of(rows, seed);
    }

    static Familiarity read(Weights weights) {
        return weights.integer("sparse") == 1 ? KnownColumns.read(weights) : Neighbourhoods.read(weights);
    }
}
