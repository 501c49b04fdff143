package io.github.tandem4j.router.features;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;

/** The embedding of what the user wrote, at unit length. */
final class EmbeddingFeatures implements Features {

    private static final int BATCH = 64;

    private final String name;
    private final EmbeddingModel model;
    private final int dimension;

    EmbeddingFeatures(String name, EmbeddingModel model) {
        this.name = name;
        this.model = model;
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
        float[][] rows = new float[requests.size()][];
        for (int start = 0; start < rows.length; start += BATCH) {
            int end = Math.min(rows.length, start + BATCH);
            List<TextSegment> texts = new ArrayList<>(end - start);
            for (Request request : requests.subList(start, end)) {
                String text = UserText.of(request);
                texts.add(TextSegment.from(text.isBlank() ? "." : text)); // a segment may not be blank
            }
            List<Embedding> vectors = model.embedAll(texts).content();
            if (vectors.size() != texts.size()) {
                throw new ConfigurationException("embedding model " + name + " gave " + vectors.size() + " vectors for "
                        + texts.size() + " texts; valid is one a text");
            }
            for (int i = start; i < end; i++) {
                rows[i] = unit(vectors.get(i - start).vector());
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
