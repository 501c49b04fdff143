package io.github.tandem4j.router.calibration;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * A sigmoid of the score: {@code 1 / (1 + exp(-(slope * score + intercept)))} (Platt, Probabilistic outputs for support
 * vector machines, 1999). Targets are smoothed as Platt does, which keeps a sample that is separable from certainty. The
 * fit is Newton's with backtracking (Lin, Lin and Weng, A note on Platt's probabilistic outputs, 2007).
 *
 * @param slope any finite number; negative if surer answers were wrong more often
 * @param intercept any finite number
 */
public record PlattScaling(double slope, double intercept) implements Calibrator {

    private static final int STEPS = 100;
    private static final double RIDGE = 1e-12;

    /** Refuses numbers that are not finite. */
    public PlattScaling {
        Labelled.requireFinite(slope, "slope");
        Labelled.requireFinite(intercept, "intercept");
    }

    static PlattScaling fit(double[] scores, double[] labels) {
        Labelled.require(scores, labels, 2);
        int n = scores.length;
        double mean = 0;
        double right = 0;
        for (int i = 0; i < n; i++) {
            mean += scores[i] / n;
            right += labels[i];
        }
        double variance = 0;
        for (double score : scores) {
            variance += (score - mean) * (score - mean) / n;
        }
        double scale = variance > 0 && Double.isFinite(variance) ? Math.sqrt(variance) : 1;
        double high = (right + 1) / (right + 2);
        double low = 1 / (n - right + 2);
        double[] x = new double[n];
        double[] targets = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = (scores[i] - mean) / scale;
            targets[i] = labels[i] * high + (1 - labels[i]) * low;
        }
        double[] line = newton(x, targets, Math.log((right + 1) / (n - right + 1)));
        return new PlattScaling(line[0] / scale, line[1] - line[0] * mean / scale);
    }

    private static double[] newton(double[] x, double[] targets, double start) {
        double a = 0;
        double b = start;
        double loss = loss(x, targets, a, b);
        for (int step = 0; step < STEPS; step++) {
            double ga = 0;
            double gb = 0;
            double haa = RIDGE;
            double hbb = RIDGE;
            double hab = 0;
            for (int i = 0; i < x.length; i++) {
                double p = Labelled.sigmoid(a * x[i] + b);
                double difference = p - targets[i];
                double weight = p * (1 - p);
                ga += difference * x[i];
                gb += difference;
                haa += weight * x[i] * x[i];
                hab += weight * x[i];
                hbb += weight;
            }
            if (Math.abs(ga) < 1e-9 && Math.abs(gb) < 1e-9) {
                break;
            }
            double determinant = haa * hbb - hab * hab;
            double da = -(hbb * ga - hab * gb) / determinant;
            double db = -(haa * gb - hab * ga) / determinant;
            double slope = ga * da + gb * db;
            double size = 1;
            double next = loss(x, targets, a + da, b + db);
            while (!(next <= loss + 1e-4 * size * slope) && size > 1e-10) {
                size /= 2;
                next = loss(x, targets, a + size * da, b + size * db);
            }
            if (!(next < loss)) {
                break;
            }
            a += size * da;
            b += size * db;
            loss = next;
        }
        return new double[] {a, b};
    }

    private static double loss(double[] x, double[] targets, double a, double b) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            double z = a * x[i] + b;
            sum += targets[i] * Labelled.softplusOfMinus(z) + (1 - targets[i]) * Labelled.softplusOfMinus(-z);
        }
        return sum;
    }

    @Override
    public double probability(double score) {
        return Labelled.sigmoid(slope * Labelled.requireFinite(score, "score") + intercept);
    }

    @Override
    public String describe() {
        return String.format(Locale.ROOT, "Platt: sigmoid of %.4g * score %+.4g", slope, intercept);
    }

    @Override
    public ObjectNode toJson() {
        return CalibratorJson.of("platt").put("slope", slope).put("intercept", intercept);
    }
}
