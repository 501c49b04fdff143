package io.github.tandem4j.router.cascades;

import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.PromptEmbeddings;
import java.util.ArrayList;
import java.util.List;

/**
 * The embeddings of a question and of its answer, one after the other. A blank text is all zeros; a
 * long one is embedded in pieces, whose mean is weighted by their length: nothing is cut.
 */
record Joined(PromptEmbeddings model, int dimension) {

    private static final int PIECE = 8_000;

    Joined(EmbeddingModel model, int dimension) {
        this(PromptEmbeddings.by(model), dimension);
    }

    /** Throws a {@link io.github.tandem4j.PrivacyException} if the model may not be given the texts. */
    double[] of(Request request, Reply reply) {
        model.requireMayRead(request);
        double[] joined = new double[2 * dimension];
        put(AnswerEvidence.prompt(request), joined, 0);
        put(reply.text(), joined, dimension);
        return joined;
    }

    private void put(String text, double[] joined, int from) {
        if (text.isBlank()) {
            return;
        }
        List<String> pieces = pieces(text);
        List<float[]> vectors = model.of(pieces);
        double characters = pieces.stream().mapToInt(String::length).sum();
        for (int p = 0; p < pieces.size(); p++) {
            float[] vector = vectors.get(p);
            if (vector.length != dimension) {
                throw new ConfigurationException("the embedding model gives " + vector.length
                        + " dimensions; valid is the model of the training, which gave " + dimension);
            }
            double weight = pieces.get(p).length() / characters;
            for (int i = 0; i < dimension; i++) {
                joined[from + i] += weight * vector[i];
            }
        }
    }

    private static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        for (int start = 0; start < text.length(); ) {
            int end = Math.min(text.length(), start + PIECE);
            if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
                end--;
            }
            String piece = text.substring(start, end);
            if (!piece.isBlank()) {
                pieces.add(piece);
            }
            start = end;
        }
        return pieces;
    }
}
