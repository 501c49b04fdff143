package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.features.Features;

/**
 * What learns numbers from features. {@link Heads} has the usual ones. The same rows, targets and seed give the same fitted
 * head. Immutable.
 */
public interface Head {

    /** {@return its name, such as {@code ridge}; a file names the head that reads its weights} */
    String name();

    /**
     * Learns.
     *
     * @param rows one a query
     * @param targets for each target one number a row; NaN is a gap, of which nothing is learned
     * @param seed of whatever is drawn
     */
    FittedHead fit(FeatureRows rows, double[][] targets, long seed);

    /**
     * Predicts each row by a head that has not seen the rows of its part.
     *
     * @param parts for each row its part, 0 or more
     * @return for each target one number a row
     */
    default double[][] heldOut(FeatureRows rows, double[][] targets, int[] parts, long seed) {
        return CrossFit.heldOut(this, rows, targets, parts, seed);
    }

    /**
     * Reads a fitted head of this name back.
     *
     * @throws io.github.tandem4j.ModelFileException if the weights are not those of such a head
     */
    FittedHead read(Weights weights);

    /** {@return this head over this view} */
    default Scorer over(Features features) {
        return new Scorer(this, features);
    }
}
