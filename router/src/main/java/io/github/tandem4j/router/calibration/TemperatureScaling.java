package io.github.tandem4j.router.calibration;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * Divides a probability's log-odds by a temperature (Guo et al., On calibration of modern neural networks, 2017): above 1
 * it makes them more modest, below 1 bolder; 0.5 stays 0.5. It maximises the likelihood, which is concave in 1 /
 * temperature.
 *
 * @param temperature from 0.01 to 100, both included
 */
public record TemperatureScaling(double temperature) implements Calibrator {

    private static final double COLDEST = 0.01;
    private static final double HOTTEST = 100;

    /** As far from 0 and 1 as a number gets before its log-odds lose their meaning. */
    private static final double EDGE = 1e-12;

    /** Refuses a temperature out of range. */
    public TemperatureScaling {
        if (!(temperature >= COLDEST && temperature <= HOTTEST)) {
            throw new IllegalArgumentException(
                    "temperature is " + temperature + "; valid is " + COLDEST + ".." + HOTTEST);
        }
    }

    static TemperatureScaling fit(double[] probabilities, double[] labels) {
        Labelled.require(probabilities, labels, 1);
        double[] odds = new double[probabilities.length];
        for (int i = 0; i < odds.length; i++) {
            odds[i] = logOdds(probabilities[i]);
        }
        double low = 1 / HOTTEST;
        double high = 1 / COLDEST;
        for (int step = 0; step < 200 && high - low > 1e-12 * high; step++) {
            double middle = (low + high) / 2;
            double gradient = 0;
            for (int i = 0; i < odds.length; i++) {
                gradient += (labels[i] - Labelled.sigmoid(middle * odds[i])) * odds[i];
            }
            if (gradient > 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return new TemperatureScaling(Math.min(HOTTEST, Math.max(COLDEST, 2 / (low + high))));
    }

    private static double logOdds(double probability) {
        double p = Math.min(1 - EDGE, Math.max(EDGE, Labelled.requireUnit(probability, "probability to be scaled")));
        return Math.log(p) - Math.log1p(-p);
    }

    @Override
    public double probability(double score) {
        return Labelled.sigmoid(logOdds(score) / temperature);
    }

    @Override
    public String describe() {
        return String.format(Locale.ROOT, "temperature %.4g", temperature);
    }

    @Override
    public ObjectNode toJson() {
        return CalibratorJson.of("temperature").put("temperature", temperature);
    }
}
