package io.github.tandem4j.router.rules;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.PromptEmbeddings;
import java.util.List;

/** The routes of one encoder: scores texts against them. */
record Utterances(PromptEmbeddings model, String encoderId, int dimension, int nearest, List<Route> routes) {

    Utterances {
        routes = List.copyOf(routes);
    }

    double[] scores(Request request, String text) {
        return scores(normalised(model.of(request, text)));
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
    static List<float[]> vectors(PromptEmbeddings model, List<String> texts) {
        return model.of(texts).stream().map(Utterances::normalised).toList();
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
