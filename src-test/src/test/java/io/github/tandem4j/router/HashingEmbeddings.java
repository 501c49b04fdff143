package io.github.tandem4j.router;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.util.List;
import java.util.Locale;

/** Embeds a text by the hashes of its words and of their three-letter parts: no meaning, but shared words are near. */
public final class HashingEmbeddings implements EmbeddingModel {

    private final int dimension;

    /** Vectors of this dimension. */
    public HashingEmbeddings(int dimension) {
        this.dimension = dimension;
    }

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        return Response.from(segments.stream()
                .map(segment -> Embedding.from(vector(segment.text())))
                .toList());
    }

    @Override
    public int dimension() {
        return dimension;
    }

    private float[] vector(String text) {
        float[] vector = new float[dimension];
        for (String word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+")) {
            add(vector, word, 2);
            for (int i = 0; i + 3 <= word.length(); i++) {
                add(vector, "#" + word.substring(i, i + 3), 1);
            }
        }
        return vector;
    }

    private void add(float[] vector, String part, float weight) {
        int hash = part.hashCode() * 0x9E3779B9;
        vector[Math.floorMod(hash >> 4, dimension)] += (hash & 1) == 0 ? weight : -weight;
    }
}
