package io.github.tandem4j.router.cascades;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.ArrayList;
import java.util.List;

/**
 * The embeddings of a question and of its answer, one after the other. A blank text is all zeros; a
 * long one is embedded in pieces, whose mean is weighted by their length: nothing is cut.
 */
record Joined(EmbeddingModel model, int dimension) {

    private static final int PIECE = 8_000;

    double[] of(Request request, Reply reply) {
        double[] joined = new double[2 * dimension];
        put(AnswerEvidence.prompt(request), joined, 0);
        put(reply.text(), joined, dimension);
        return joined;
    }

    private void put(String text, double[] joined, int from) {
        if (text.isBlank()) {
            return;
        }
        List<TextSegment> pieces = new ArrayList<>();
        for (int start = 0; start < text.length(); start += PIECE) {
            String piece = text.substring(start, Math.min(text.length(), start + PIECE));
            if (!piece.isBlank()) {
                pieces.add(TextSegment.from(piece));
            }
        }
        List<Embedding> embeddings = model.embedAll(pieces).content();
        double characters =
                pieces.stream().mapToInt(piece -> piece.text().length()).sum();
        for (int p = 0; p < pieces.size(); p++) {
            float[] vector = embeddings.get(p).vector();
            if (vector.length != dimension) {
                throw new ConfigurationException("the embedding model gives " + vector.length
                        + " dimensions; valid is the model of the training, which gave " + dimension);
            }
            double weight = pieces.get(p).text().length() / characters;
            for (int i = 0; i < dimension; i++) {
                joined[from + i] += weight * vector[i];
            }
        }
    }
}
