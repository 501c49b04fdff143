package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Random;

/**
 * One hidden layer between features and targets, learned by Adam (Kingma and Ba 2015) on squared error with early stopping
 * on a part of the rows. With rectified units it is a small perceptron. With linear ones it is the matrix factorisation of
 * RouteLLM (Ong et al. 2024): the query is projected into the space of the models, and each model's score is the product of
 * its own vector with it.
 */
final class Network implements Head {

    private static final int EPOCHS = 100;
    private static final int PATIENCE = 15;
    private static final int BATCH = 32;

    private final boolean rectified;
    private final int units;

    private Network(boolean rectified, int units) {
        this.rectified = rectified;
        this.units = units;
    }

    static Network perceptron() {
        return new Network(true, 32);
    }

    static Network factorisation() {
        return new Network(false, 16);
    }

    @Override
    public String name() {
        return rectified ? "perceptron" : "factorisation";
    }

    @Override
    public FittedHead fit(FeatureRows rows, double[][] targets, long seed) {
        Random random = new Random(seed);
        Standardised standardised = Standardised.of(rows);
        FeatureRows scaled = standardised.apply(rows);
        int[] order = new int[rows.size()];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        shuffle(order, order.length, random);
        int learned = order.length - Math.max(1, order.length / 5);
        Layers layers = new Layers(scaled.dimension(), units, targets, rectified, random);
        Layers best = layers.copy();
        double least = error(layers, scaled, targets, order, learned);
        int since = 0;
        for (int epoch = 0; epoch < EPOCHS && since < PATIENCE; epoch++) {
            shuffle(order, learned, random);
            for (int start = 0; start < learned; start += BATCH) {
                for (int i = start; i < Math.min(learned, start + BATCH); i++) {
                    layers.add(scaled.values(order[i]), targets, order[i]);
                }
                layers.step(Math.min(BATCH, learned - start));
            }
            double error = error(layers, scaled, targets, order, learned);
            since++;
            if (error < least) {
                least = error;
                best = layers.copy();
                since = 0;
            }
        }
        return new Fitted(standardised, best);
    }

    private static void shuffle(int[] order, int size, Random random) {
        for (int i = size - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int place = order[i];
            order[i] = order[j];
            order[j] = place;
        }
    }

    private static double error(Layers layers, FeatureRows rows, double[][] targets, int[] order, int from) {
        double sum = 0;
        double[] out = new double[targets.length];
        for (int i = from; i < order.length; i++) {
            layers.predict(rows.values(order[i]), out);
            for (int t = 0; t < targets.length; t++) {
                double off = Double.isNaN(targets[t][order[i]]) ? 0 : out[t] - targets[t][order[i]];
                sum += off * off;
            }
        }
        return sum;
    }

    @Override
    public FittedHead read(Weights weights) {
        Standardised standardised = Standardised.read(weights);
        return new Fitted(standardised, Layers.read(weights, standardised.dimension(), rectified));
    }

    private static final class Fitted implements FittedHead {

        private final Standardised standardised;
        private final Layers layers;

        Fitted(Standardised standardised, Layers layers) {
            this.standardised = standardised;
            this.layers = layers;
        }

        @Override
        public double[][] predict(FeatureRows rows) {
            double[][] predicted = new double[layers.targets()][rows.size()];
            double[] out = new double[layers.targets()];
            float[] row = new float[standardised.dimension()];
            for (int i = 0; i < rows.size(); i++) {
                standardised.apply(rows.values(i), row);
                layers.predict(row, out);
                for (int t = 0; t < out.length; t++) {
                    predicted[t][i] = out[t];
                }
            }
            return predicted;
        }

        @Override
        public void write(Weights weights) {
            standardised.write(weights);
            layers.write(weights);
        }
    }
}
