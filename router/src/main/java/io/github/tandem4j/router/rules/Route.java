package io.github.tandem4j.router.rules;

import java.util.Arrays;
import java.util.List;

/** A route and the vectors of its utterances, each of length one. */
record Route(String name, String endpointId, List<float[]> vectors) {

    Route {
        vectors = List.copyOf(vectors);
    }

    /** {@return the mean of the k highest dot products} */
    double score(float[] text, int k) {
        double[] highest = new double[Math.min(k, vectors.size())];
        Arrays.fill(highest, Double.NEGATIVE_INFINITY);
        for (float[] vector : vectors) {
            double dot = 0;
            for (int i = 0; i < text.length; i++) {
                dot += (double) text[i] * vector[i];
            }
            int at = 0;
            while (at < highest.length && highest[at] >= dot) {
                at++;
            }
            if (at < highest.length) {
                System.arraycopy(highest, at, highest, at + 1, highest.length - at - 1);
                highest[at] = dot;
            }
        }
        return Arrays.stream(highest).average().orElseThrow();
    }
}
