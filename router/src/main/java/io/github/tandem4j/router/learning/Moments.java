package io.github.tandem4j.router.learning;

import java.util.Arrays;

/** Means, spreads and lines of numbers, some of which may be gaps. */
final class Moments {

    private Moments() {}

    static double mean(double[] values) {
        return Arrays.stream(values)
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(0);
    }

    static double deviation(double[] values) {
        double mean = mean(values);
        return Math.sqrt(Arrays.stream(values)
                .filter(value -> !Double.isNaN(value))
                .map(value -> (value - mean) * (value - mean))
                .average()
                .orElse(0));
    }

    /** {@code mean + slope · x}, for x of mean zero. */
    record Line(double mean, double slope) {}

    /**
     * {@return the line of least squares through what is known, shrunk by how surely it rises: by {@code 1 − 1/t²} with t
     * the slope in standard errors (James and Stein's factor for one number), and flat if it does not}
     */
    static Line line(double[] x, double[] target) {
        double mean = mean(target);
        int n = 0;
        double xx = 0;
        double xy = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            if (!Double.isNaN(target[i])) {
                n++;
                xx += x[i] * x[i];
                xy += x[i] * (target[i] - mean);
                yy += (target[i] - mean) * (target[i] - mean);
            }
        }
        if (n < 3 || xx <= 0 || xy <= 0) {
            return new Line(mean, 0);
        }
        double slope = xy / xx;
        double variance = Math.max(0, yy - slope * xy) / (n - 2) / xx;
        return new Line(mean, slope * Math.max(0, 1 - variance / (slope * slope)));
    }
}
