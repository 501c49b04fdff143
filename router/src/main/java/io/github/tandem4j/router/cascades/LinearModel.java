package io.github.tandem4j.router.cascades;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

/** A linear function of features that it standardises. Immutable. */
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
final class LinearModel {

    private static final double FURTHEST = 3;

    private final double[] mean;
    private final double[] scale;
    private final double[] weights;
    private final double intercept;

    @JsonCreator
    LinearModel(
            @JsonProperty("mean") double[] mean,
            @JsonProperty("scale") double[] scale,
            @JsonProperty("weights") double[] weights,
            @JsonProperty("intercept") double intercept) {
        if (mean.length != weights.length || scale.length != weights.length || !Double.isFinite(intercept)) {
            throw new IllegalArgumentException("a linear model has " + mean.length + " means, " + scale.length
                    + " scales, " + weights.length + " weights and intercept " + intercept);
        }
        for (int i = 0; i < weights.length; i++) {
            if (!Double.isFinite(mean[i]) || !Double.isFinite(weights[i]) || !(scale[i] > 0)) {
                throw new IllegalArgumentException("weight " + i + " of a linear model is " + weights[i] + " of mean "
                        + mean[i] + " and scale " + scale[i] + "; valid are finite numbers and a scale above zero");
            }
        }
        this.mean = mean.clone();
        this.scale = scale.clone();
        this.weights = weights.clone();
        this.intercept = intercept;
    }

    int size() {
        return weights.length;
    }

    double weight(int feature) {
        return weights[feature];
    }

    double at(double[] features) {
        double sum = intercept;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i] * standard(features[i], mean[i], scale[i]);
        }
        return sum;
    }

    /**
     * What is further from the mean than anything usual was hardly seen in training, and counts no more than the usual;
     * what is not known, NaN, counts as the mean.
     */
    static double standard(double value, double mean, double scale) {
        return Double.isNaN(value) ? 0 : Math.max(-FURTHEST, Math.min(FURTHEST, (value - mean) / scale));
    }

    /** {@return the logistic function of the value} */
    double probability(double[] features) {
        return 1 / (1 + Math.exp(-at(features)));
    }
}
