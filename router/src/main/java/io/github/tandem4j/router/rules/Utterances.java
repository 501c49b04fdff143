package io.github.tandem4j.router.rules;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ConfigurationException;
import java.util.ArrayList;
import java.util.List;

/** The routes of one encoder: scores texts against them. */
record Utterances(EmbeddingModel model, String encoderId, int dimension, int nearest, List<Route> routes) {

    private static final int BATCH = 64;

    Utterances {
        routes = List.copyOf(routes);
    }

    double[] scores(String text) {
        return scores(vectors(model, List.of(text)).get(0));
    }

    double[] scores(float[] vector) {
        if (vector.length != dimension) {
            throw new ConfigurationException("encoder " + encoderId + " gave a vector of " + vector.length
                    + " numbers; valid is " + dimension + ", as for the routes' utterances");
        }
        return routes.stream()
                .mapToDouble(route -> route.score(vector, nearest))
                .toArray();
    }

    /** {@return a vector of length one for each text} */
    static List<float[]> vectors(EmbeddingModel model, List<String> texts) {
        List<float[]> vectors = new ArrayList<>(texts.size());
        for (int from = 0; from < texts.size(); from += BATCH) {
            List<TextSegment> batch = texts.subList(from, Math.min(texts.size(), from + BATCH)).stream()
                    .map(TextSegment::from)
                    .toList();
            model.embedAll(batch).content().forEach(embedding -> vectors.add(normalised(embedding.vector())));
        }
        if (vectors.size() != texts.size()) {
            throw new ConfigurationException("an encoder gave " + vectors.size() + " vectors; valid is one for each of "
                    + texts.size() + " texts");
        }
        return vectors;
    }

    private static float[] normalised(float[] vector) {
        double square = 0;
        for (float number : vector) {
            square += (double) number * number;
        }
        if (!Double.isFinite(square)) {
            throw new ConfigurationException("an encoder gave a vector that is not finite; valid is finite numbers");
        }
        float[] unit = vector.clone();
        for (int i = 0; square > 0 && i < unit.length; i++) {
            unit[i] /= (float) Math.sqrt(square);
        }
        return unit;
    }
}
