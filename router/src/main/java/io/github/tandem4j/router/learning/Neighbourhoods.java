package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Of dense features: how far a row is from the nearest of a few centres of the training data (k-means), after {@link
 * Standardised}. What is usual is the distance that one in a hundred rows exceeds which the centres were not made from.
 */
final class Neighbourhoods implements Familiarity {

    private static final double RARE = 0.01;
    /** Where nothing of the view is left, as a multiple of the usual distance. */
    private static final double FAR = 1.3;

    private static final int MOST_CENTRES = 32;
    private static final int MOST_ROWS = 10_000;
    private static final int ROUNDS = 8;

    private final Standardised standardised;
    private final float[][] centres;
    private final double usual;

    private Neighbourhoods(Standardised standardised, float[][] centres, double usual) {
        this.standardised = standardised;
        this.centres = centres;
        this.usual = usual;
    }

    static Neighbourhoods of(FeatureRows rows, long seed) {
        Random random = new Random(seed);
        int[] drawn = drawn(rows.size(), random);
        Standardised standardised = Standardised.of(rows);
        FeatureRows scaled = standardised.apply(rows.at(drawn));
        int held = Math.max(1, drawn.length / 5);
        int[] rest = IntStream.range(held, drawn.length).toArray();
        float[][] some = centres(scaled.at(rest.length == 0 ? new int[] {0} : rest), random);
        double[] distances = IntStream.range(0, held)
                .mapToDouble(i -> distance(some, scaled.values(i)))
                .sorted()
                .toArray();
        double usual = distances[Math.min(distances.length - 1, (int) ((1 - RARE) * distances.length))];
        return new Neighbourhoods(standardised, centres(scaled, random), usual);
    }

    private static int[] drawn(int size, Random random) {
        int[] places = IntStream.range(0, size).toArray();
        for (int i = places.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int place = places[i];
            places[i] = places[j];
            places[j] = place;
        }
        return Arrays.copyOf(places, Math.min(size, MOST_ROWS));
    }

    private static float[][] centres(FeatureRows rows, Random random) {
        int count = Math.max(1, Math.min(MOST_CENTRES, rows.size() / 40));
        float[][] centres = new float[count][];
        for (int c = 0; c < count; c++) {
            centres[c] = rows.values(random.nextInt(rows.size())).clone();
        }
        for (int round = 0; round < ROUNDS; round++) {
            double[][] sums = new double[count][rows.dimension()];
            int[] members = new int[count];
            for (int i = 0; i < rows.size(); i++) {
                float[] row = rows.values(i);
                int nearest = nearest(centres, row);
                members[nearest]++;
                for (int d = 0; d < row.length; d++) {
                    sums[nearest][d] += row[d];
                }
            }
            for (int c = 0; c < count; c++) {
                for (int d = 0; d < rows.dimension() && members[c] > 0; d++) {
                    centres[c][d] = (float) (sums[c][d] / members[c]);
                }
            }
        }
        return centres;
    }

    private static int nearest(float[][] centres, float[] row) {
        int nearest = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int c = 0; c < centres.length; c++) {
            double square = square(centres[c], row);
            if (square < least) {
                least = square;
                nearest = c;
            }
        }
        return nearest;
    }

    private static double distance(float[][] centres, float[] row) {
        return Math.sqrt(square(centres[nearest(centres, row)], row));
    }

    private static double square(float[] a, float[] b) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int whole = a.length / 4 * 4;
        for (int i = 0; i < whole; i += 4) {
            float d0 = a[i] - b[i];
            float d1 = a[i + 1] - b[i + 1];
            float d2 = a[i + 2] - b[i + 2];
            float d3 = a[i + 3] - b[i + 3];
            s0 += d0 * d0;
            s1 += d1 * d1;
            s2 += d2 * d2;
            s3 += d3 * d3;
        }
        for (int i = whole; i < a.length; i++) {
            s0 += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return (double) s0 + s1 + s2 + s3;
    }

    @Override
    public double of(FeatureRows rows, int row) {
        if (usual <= 0) {
            return 1; // all of the training data is alike, and says nothing of what is not
        }
        float[] scaled = new float[standardised.dimension()];
        standardised.apply(rows.values(row), scaled);
        double relative = distance(centres, scaled) / usual;
        return Math.max(0, Math.min(1, (FAR - relative) / (FAR - 1)));
    }

    @Override
    public void write(Weights weights) {
        standardised.write(weights);
        weights.put("sparse", 0).put("usual", usual).put("centres", centres.length);
        for (int c = 0; c < centres.length; c++) {
            weights.put("centre." + c, centres[c]);
        }
    }

    static Neighbourhoods read(Weights weights) {
        Standardised standardised = Standardised.read(weights);
        int count = weights.integer("centres");
        if (count < 1 || count > MOST_CENTRES) {
            throw Weights.wrong("centres", "are " + count + "; valid are 1 to " + MOST_CENTRES);
        }
        float[][] centres = new float[count][];
        for (int c = 0; c < count; c++) {
            centres[c] = weights.floats("centre." + c, standardised.dimension());
        }
        return new Neighbourhoods(standardised, centres, weights.doubles("usual", 1)[0]);
    }
}
