package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.List;

/**
 * What a ridge regression needs of rows, however many they are: how many, and sums of features, of targets and of their
 * products, in double precision.
 */
final class RidgeSums {

    private final int dimension;
    private final double[] features;
    private final double[][] products;
    private final double[] targets;
    private final double[] squares;
    private final double[][] withTargets;
    private long rows;

    RidgeSums(int dimension, int targets) {
        this.dimension = dimension;
        features = new double[dimension];
        products = new double[dimension][dimension];
        this.targets = new double[targets];
        squares = new double[targets];
        withTargets = new double[targets][dimension];
    }

    /** Adds these of the rows; a target that is not known at one of them is meaningless from then on. */
    void add(FeatureRows more, double[][] known, int[] places) {
        float[][] x = new float[places.length][];
        for (int i = 0; i < places.length; i++) {
            x[i] = more.values(places[i]);
            for (int d = 0; d < dimension; d++) {
                features[d] += x[i][d];
            }
        }
        rows += places.length;
        for (int t = 0; t < targets.length; t++) {
            double[] y = CrossFit.at(known[t], places);
            plus(withTargets[t], Products.transposedTimes(x, y, dimension));
            for (double value : y) {
                targets[t] += value;
                squares[t] += value * value;
            }
        }
        plus(products, Products.ofColumns(x, dimension, CrossFit.places(new int[x.length], 0, true)));
    }

    void add(RidgeSums other) {
        rows += other.rows;
        plus(features, other.features);
        plus(products, other.products);
        plus(targets, other.targets);
        plus(squares, other.squares);
        plus(withTargets, other.withTargets);
    }

    private static void plus(double[][] to, double[][] from) {
        for (int i = 0; i < to.length; i++) {
            plus(to[i], from[i]);
        }
    }

    private static void plus(double[] to, double[] from) {
        for (int i = 0; i < to.length; i++) {
            to[i] += from[i];
        }
    }

    long rows() {
        return rows;
    }

    Standardised standardised(List<FeatureRows.Block> blocks) {
        float[] means = new float[dimension];
        double[] variances = new double[dimension];
        for (int d = 0; d < dimension; d++) {
            means[d] = (float) (features[d] / rows);
            double mean = features[d] / rows;
            variances[d] = Math.max(0, products[d][d] / rows - mean * mean);
            if (variances[d] < 1e-12 * mean * mean) {
                variances[d] = 0; // a constant, whose variance is what rounding left
            }
        }
        return Standardised.of(means, variances, blocks);
    }

    /** {@return the products of the standardised columns about these rows' own means} */
    double[][] centred(Standardised by) {
        double[][] centred = new double[dimension][dimension];
        for (int i = 0; i < dimension && rows > 0; i++) {
            for (int j = 0; j < dimension; j++) {
                centred[i][j] = (products[i][j] - features[i] / rows * features[j]) * by.scale(i) * by.scale(j);
            }
        }
        return centred;
    }

    /** {@return the products of the same with a target about its mean} */
    double[] right(Standardised by, int target) {
        double[] right = new double[dimension];
        for (int d = 0; d < dimension; d++) {
            right[d] = (withTargets[target][d] - features[d] / rows * targets[target]) * by.scale(d);
        }
        return right;
    }

    /** {@return the sum of a target's squares about its mean} */
    double squares(int target) {
        return squares[target] - targets[target] / rows * targets[target];
    }

    /** Slopes over standardised columns. */
    static final class Line {
        private final float[] slopes;
        private final double intercept;

        private Line(float[] slopes, double intercept) {
            this.slopes = slopes;
            this.intercept = intercept;
        }

        /** {@return not to be changed} */
        float[] slopes() {
            return slopes;
        }

        double intercept() {
            return intercept;
        }
    }

    /** {@return the line through the means of these rows; flat at zero if there are none} */
    Line line(Standardised by, double[] slopes, int target) {
        float[] rounded = new float[dimension];
        double intercept = rows == 0 ? 0 : targets[target] / rows;
        for (int d = 0; d < dimension && rows > 0; d++) {
            rounded[d] = (float) slopes[d];
            intercept -= rounded[d] * (features[d] / rows - by.mean(d)) * by.scale(d);
        }
        return new Line(rounded, intercept);
    }
}
