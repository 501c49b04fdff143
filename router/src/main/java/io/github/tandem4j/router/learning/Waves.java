package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Random;

/** Cosines of random projections, whose products approach a Gaussian kernel of one width. */
final class Waves {

    private final float[][] directions;
    private final float[] phases;

    private Waves(float[][] directions, float[] phases) {
        this.directions = directions;
        this.phases = phases;
    }

    static Waves draw(int dimension, int count, double width, long seed) {
        Random random = new Random(seed);
        float[][] directions = new float[count][dimension];
        float[] phases = new float[count];
        for (int w = 0; w < count; w++) {
            for (int d = 0; d < dimension; d++) {
                directions[w][d] = (float) (random.nextGaussian() / width);
            }
            phases[w] = (float) (random.nextDouble() * 2 * Math.PI);
        }
        return new Waves(directions, phases);
    }

    FeatureRows of(FeatureRows rows) {
        float[][] values = new float[rows.size()][phases.length];
        for (int i = 0; i < values.length; i++) {
            for (int w = 0; w < phases.length; w++) {
                values[i][w] = (float) StrictMath.cos(Linear.dot(directions[w], rows.values(i)) + phases[w]);
            }
        }
        return FeatureRows.dense(phases.length, values);
    }

    void write(Weights weights) {
        weights.put("phases", phases);
        for (int w = 0; w < phases.length; w++) {
            weights.put("direction." + w, directions[w]);
        }
    }

    static Waves read(Weights weights, int dimension) {
        float[] phases = weights.floats("phases", -1);
        float[][] directions = new float[phases.length][];
        for (int w = 0; w < directions.length; w++) {
            directions[w] = weights.floats("direction." + w, dimension);
        }
        return new Waves(directions, phases);
    }
}
