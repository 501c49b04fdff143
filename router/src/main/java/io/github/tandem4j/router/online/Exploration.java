package io.github.tandem4j.router.online;

/** How a bandit turns what it believes of each arm into the probabilities of choosing them. */
enum Exploration {
    /** Li, Chu, Langford and Schapire, A Contextual-Bandit Approach to Personalized News, WWW 2010. */
    LIN_UCB {
        @Override
        double[] probabilities(double[] means, double[] deviations, double width) {
            int best = 0;
            for (int i = 1; i < means.length; i++) {
                best = means[i] + width * deviations[i] > means[best] + width * deviations[best] ? i : best;
            }
            double[] probabilities = new double[means.length];
            probabilities[best] = 1;
            return probabilities;
        }
    },

    /**
     * Agrawal and Goyal, Thompson Sampling for Contextual Bandits with Linear Payoffs, ICML 2013. The arms' draws are
     * independent normals, so the probability that one is highest is an integral over one line.
     */
    THOMPSON {
        @Override
        double[] probabilities(double[] means, double[] deviations, double width) {
            double[] probabilities = new double[means.length];
            double sum = 0;
            for (int i = 0; i < means.length; i++) {
                probabilities[i] = highest(i, means, deviations, width);
                sum += probabilities[i];
            }
            for (int i = 0; i < means.length; i++) {
                probabilities[i] /= sum;
            }
            return probabilities;
        }
    };

    private static final int STEPS = 400;
    private static final double REACH = 8;
    private static final double NARROWEST = 1e-9;

    abstract double[] probabilities(double[] means, double[] deviations, double width);

    /** By the trapezoid rule over eight deviations either side: beyond, the density is under 1e-14. */
    private static double highest(int arm, double[] means, double[] deviations, double width) {
        double deviation = Math.max(NARROWEST, width * deviations[arm]);
        double step = 2 * REACH / STEPS;
        double sum = 0;
        for (int s = 0; s <= STEPS; s++) {
            double z = -REACH + s * step;
            double drawn = means[arm] + deviation * z;
            double product = Math.exp(-z * z / 2);
            for (int other = 0; other < means.length; other++) {
                if (other != arm) {
                    product *= normal((drawn - means[other]) / Math.max(NARROWEST, width * deviations[other]));
                }
            }
            sum += product;
        }
        return sum * step / Math.sqrt(2 * Math.PI);
    }

    /** The normal distribution, to 1e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17). */
    static double normal(double z) {
        double t = 1 / (1 + 0.2316419 * Math.abs(z));
        double tail = Math.exp(-z * z / 2)
                / Math.sqrt(2 * Math.PI)
                * t
                * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return z >= 0 ? 1 - tail : tail;
    }
}
