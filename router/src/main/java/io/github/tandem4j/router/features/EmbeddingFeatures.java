package io.github.tandem4j.router.features;

import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.PromptEmbeddings;
import java.util.List;
import java.util.function.DoubleConsumer;

/** The embedding of what the user wrote, at unit length. */
final class EmbeddingFeatures implements Features {

    private static final int BATCH = 64;

    private final String name;
    private final PromptEmbeddings model;
    private final int dimension;

    EmbeddingFeatures(String name, EmbeddingModel model) {
        this.name = name;
        this.model = PromptEmbeddings.by(model);
        dimension = model.dimension();
    }

    @Override
    public String id() {
        return "embedding.1:" + name + ":" + dimension;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public FeatureRows read(List<Request> requests, DoubleConsumer progress) {
        requests.forEach(model::requireMayRead);
        float[][] rows = new float[requests.size()][];
        for (int start = 0; start < rows.length; start += BATCH) {
            int end = Math.min(rows.length, start + BATCH);
            List<float[]> vectors = model.of(
                    requests.subList(start, end).stream().map(UserText::of).toList());
            for (int i = start; i < end; i++) {
                rows[i] = unit(vectors.get(i - start));
            }
            progress.accept((double) end / rows.length);
        }
        return FeatureRows.dense(dimension, rows);
    }

    private float[] unit(float[] vector) {
        if (vector.length != dimension) {
            throw new ConfigurationException("embedding model " + name + " gave " + vector.length
                    + " numbers; valid is its dimension, " + dimension);
        }
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        if (!Double.isFinite(squares)) {
            throw new ConfigurationException("embedding model " + name + " gave a vector that is not finite");
        }
        double length = Math.sqrt(squares);
        float[] unit = new float[dimension];
        for (int i = 0; i < dimension && length > 0; i++) {
            unit[i] = (float) (vector[i] / length);
        }
        return unit;
    }
}
