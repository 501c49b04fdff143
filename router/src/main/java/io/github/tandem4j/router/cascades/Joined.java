package io.github.tandem4j.router.cascades;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.List;

/** The embeddings of a question and of its answer, one after the other. A blank text is all zeros. */
record Joined(EmbeddingModel model, int dimension) {

    private static final int MOST_CHARACTERS = 8_000;

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
        String start = text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS);
        float[] vector = model.embedAll(List.of(TextSegment.from(start)))
                .content()
                .get(0)
                .vector();
        if (vector.length != dimension) {
            throw new ConfigurationException("the embedding model gives " + vector.length
                    + " dimensions; valid is the model of the training, which gave " + dimension);
        }
        for (int i = 0; i < dimension; i++) {
            joined[from + i] = vector[i];
        }
    }
}
