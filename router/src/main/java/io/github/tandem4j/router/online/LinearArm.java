package io.github.tandem4j.router.online;

import io.github.tandem4j.ConfigurationException;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * The ridge posterior of one arm's reward: precision {@code A = I + Σ w·x·xᵀ}, mean {@code A⁻¹·Σ w·r·x}. With forgetting γ an
 * observation that is n decisions old weighs {@code γⁿ}, by when it was decided and not by when its reward came: so order does
 * not matter; and an arm that is not tried becomes uncertain again as decisions pass. Without, the inverse is kept by rank-one updates (Sherman and Morrison, Annals of Mathematical Statistics 21(1),
 * 1950); with it the ridge does not fade while the data does, so the inverse is computed anew. Used under its owner's lock.
 */
final class LinearArm {

    private final int dimension;
    private final double forgetting;
    private final double[] gram;
    private final double[] moment;
    private DMatrixRMaj inverse;
    private double[] mean;
    private boolean current = true;
    private long newest;
    private double count;
    private boolean learned;

    LinearArm(int dimension, double forgetting) {
        this.dimension = dimension;
        this.forgetting = forgetting;
        gram = new double[dimension * dimension];
        moment = new double[dimension];
        mean = new double[dimension];
        inverse = CommonOps_DDRM.identity(dimension);
    }

    /** A posterior that starts from another, as if that had seen so many observations at most. */
    static LinearArm startingFrom(LinearArm shared, double atMost) {
        LinearArm arm = new LinearArm(shared.dimension, shared.forgetting);
        double weight = shared.count <= atMost ? 1 : atMost / shared.count;
        for (int i = 0; i < arm.gram.length; i++) {
            arm.gram[i] = weight * shared.gram[i];
        }
        for (int i = 0; i < arm.dimension; i++) {
            arm.moment[i] = weight * shared.moment[i];
        }
        arm.count = weight * shared.count;
        arm.newest = shared.newest;
        arm.current = false;
        return arm;
    }

    static LinearArm restored(
            int dimension, double forgetting, double[] gram, double[] moment, double count, long newest) {
        LinearArm arm = new LinearArm(dimension, forgetting);
        int at = 0;
        for (int i = 0; i < dimension; i++) {
            for (int j = i; j < dimension; j++) {
                arm.gram[i * dimension + j] = gram[at];
                arm.gram[j * dimension + i] = gram[at++];
            }
        }
        arm.learned = true;
        System.arraycopy(moment, 0, arm.moment, 0, moment.length);
        arm.count = count;
        arm.newest = newest;
        arm.current = false;
        arm.refresh(); // so that a file whose precision is no such matrix is found out when it is read
        return arm;
    }

    /** Lets what is known fade until this decision, so that an arm that is not tried becomes uncertain again. */
    void forget(long now) {
        if (forgetting < 1 && now > newest) {
            fade(Math.pow(forgetting, (double) (now - newest)));
            newest = now;
            current = false;
        }
    }

    void learn(double[] x, double reward, long decided) {
        double weight = 1;
        if (forgetting < 1) {
            forget(decided);
            weight = Math.pow(forgetting, (double) (newest - decided));
            current = false;
        }
        learned = true;
        newest = Math.max(newest, decided);
        for (int i = 0; i < dimension; i++) {
            double weighted = weight * x[i];
            moment[i] += weighted * reward;
            for (int j = 0; j < dimension; j++) {
                gram[i * dimension + j] += weighted * x[j];
            }
        }
        count += weight;
        if (current) {
            shermanMorrison(x);
        }
    }

    double mean(double[] x) {
        refresh();
        double sum = 0;
        for (int i = 0; i < dimension; i++) {
            sum += x[i] * mean[i];
        }
        return sum;
    }

    /** The posterior's standard deviation of the expected reward, where the noise has variance one. */
    double deviation(double[] x) {
        refresh();
        double sum = 0;
        for (int i = 0; i < dimension; i++) {
            sum += x[i] * row(i, x);
        }
        return Math.sqrt(Math.max(0, sum));
    }

    /** {@return the upper half of the gram matrix, row by row} */
    double[] gram() {
        double[] half = new double[halfSize(dimension)];
        int at = 0;
        for (int i = 0; i < dimension; i++) {
            for (int j = i; j < dimension; j++) {
                half[at++] = gram[i * dimension + j];
            }
        }
        return half;
    }

    static int halfSize(int dimension) {
        return dimension * (dimension + 1) / 2;
    }

    double[] moment() {
        return moment.clone();
    }

    /** {@return whether it has learned anything of its own, beyond what it started from} */
    boolean hasLearned() {
        return learned;
    }

    double count() {
        return count;
    }

    long newest() {
        return newest;
    }

    private void fade(double by) {
        for (int i = 0; i < gram.length; i++) {
            gram[i] *= by;
        }
        for (int i = 0; i < dimension; i++) {
            moment[i] *= by;
        }
        count *= by;
    }

    private void shermanMorrison(double[] x) {
        double[] ax = new double[dimension];
        double scale = 1;
        for (int i = 0; i < dimension; i++) {
            ax[i] = row(i, x);
            scale += x[i] * ax[i];
        }
        for (int i = 0; i < dimension; i++) {
            for (int j = 0; j < dimension; j++) {
                inverse.data[i * dimension + j] -= ax[i] * ax[j] / scale;
            }
        }
        solve();
    }

    private double row(int i, double[] x) {
        double sum = 0;
        for (int j = 0; j < dimension; j++) {
            sum += inverse.data[i * dimension + j] * x[j];
        }
        return sum;
    }

    private void refresh() {
        if (current) {
            return;
        }
        DMatrixRMaj precision = new DMatrixRMaj(dimension, dimension, true, gram.clone());
        for (int i = 0; i < dimension; i++) {
            precision.data[i * dimension + i] += 1;
        }
        DMatrixRMaj fresh = new DMatrixRMaj(dimension, dimension);
        if (!CommonOps_DDRM.invertSPD(precision, fresh)) {
            throw new ConfigurationException(
                    "the precision of an arm is no positive definite matrix of " + dimension + " by " + dimension);
        }
        inverse = fresh;
        current = true;
        solve();
    }

    private void solve() {
        double[] solved = new double[dimension];
        for (int i = 0; i < dimension; i++) {
            solved[i] = row(i, moment);
        }
        mean = solved;
    }
}
