package io.github.tandem4j.router.learning;

/** Sums of products of dense rows, in double precision; loops that the compiler turns into vector instructions. */
final class Products {

    private Products() {}

    /** {@return {@code XᵀX} over these rows, whole} */
    static double[][] ofColumns(float[][] x, int dimension, int[] places) {
        double[][] sums = new double[dimension][dimension];
        int whole = places.length / 4 * 4;
        double[][] four = new double[4][dimension];
        for (int start = 0; start < whole; start += 4) {
            for (int r = 0; r < 4; r++) {
                float[] row = x[places[start + r]];
                for (int d = 0; d < dimension; d++) {
                    four[r][d] = row[d];
                }
            }
            for (int i = 0; i < dimension; i++) {
                addFour(sums[i], i, four);
            }
        }
        for (int r = whole; r < places.length; r++) {
            float[] row = x[places[r]];
            for (int i = 0; i < dimension; i++) {
                double factor = row[i];
                for (int j = i; j < dimension; j++) {
                    sums[i][j] += factor * row[j];
                }
            }
        }
        mirror(sums);
        return sums;
    }

    private static void addFour(double[] sums, int i, double[][] four) {
        double[] a = four[0];
        double[] b = four[1];
        double[] c = four[2];
        double[] d = four[3];
        double fa = a[i];
        double fb = b[i];
        double fc = c[i];
        double fd = d[i];
        for (int j = i; j < sums.length; j++) {
            sums[j] += fa * a[j] + fb * b[j] + fc * c[j] + fd * d[j];
        }
    }

    /** {@return {@code XXᵀ}, whole} */
    static double[][] ofRows(float[][] x) {
        double[][] sums = new double[x.length][x.length];
        for (int i = 0; i < x.length; i++) {
            for (int j = i; j < x.length; j++) {
                sums[i][j] = Linear.dot(x[i], x[j]);
            }
        }
        mirror(sums);
        return sums;
    }

    private static void mirror(double[][] upper) {
        for (int i = 0; i < upper.length; i++) {
            for (int j = 0; j < i; j++) {
                upper[i][j] = upper[j][i];
            }
        }
    }

    /** {@return {@code Xᵀy}} */
    static double[] transposedTimes(float[][] x, double[] y, int dimension) {
        double[] sums = new double[dimension];
        for (int i = 0; i < x.length; i++) {
            double factor = y[i];
            float[] row = x[i];
            for (int d = 0; d < dimension; d++) {
                sums[d] += factor * row[d];
            }
        }
        return sums;
    }
}
