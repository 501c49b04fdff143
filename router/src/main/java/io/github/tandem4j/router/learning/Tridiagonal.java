package io.github.tandem4j.router.learning;

/** Symmetric tridiagonal matrices with something added to the diagonal. Positive definite ones, so nothing is pivoted. */
final class Tridiagonal {

    private Tridiagonal() {}

    /** {@return x with {@code (T + λI) x = right}} */
    static double[] solve(double[] diagonal, double[] beside, double lambda, double[] right) {
        int n = diagonal.length;
        double[] pivots = forward(diagonal, beside, lambda);
        double[] x = right.clone();
        for (int i = 1; i < n; i++) {
            x[i] -= beside[i - 1] / pivots[i - 1] * x[i - 1];
        }
        for (int i = n - 1; i >= 0; i--) {
            x[i] = (x[i] - (i + 1 < n ? beside[i] * x[i + 1] : 0)) / pivots[i];
        }
        return x;
    }

    /** {@return the trace of {@code (T + λI)⁻¹}}, from the pivots of both ends: {@code 1 ÷ (pᵢ + qᵢ − (tᵢ + λ))} is its diagonal. */
    static double inverseTrace(double[] diagonal, double[] beside, double lambda) {
        int n = diagonal.length;
        double[] down = forward(diagonal, beside, lambda);
        double up = 0;
        double trace = 0;
        for (int i = n - 1; i >= 0; i--) {
            double own = diagonal[i] + lambda;
            up = i == n - 1 ? own : own - beside[i] * beside[i] / up;
            trace += 1 / (down[i] + up - own);
        }
        return trace;
    }

    private static double[] forward(double[] diagonal, double[] beside, double lambda) {
        double[] pivots = new double[diagonal.length];
        for (int i = 0; i < pivots.length; i++) {
            pivots[i] = diagonal[i] + lambda - (i == 0 ? 0 : beside[i - 1] * beside[i - 1] / pivots[i - 1]);
        }
        return pivots;
    }
}
