package io.github.tandem4j.router.cascades;

import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.PromptEmbeddings;

/** The embeddings of a question and of its answer, one after the other. A blank text is all zeros. */
record Joined(PromptEmbeddings model, int dimension) {

    private static final int MOST_CHARACTERS = 8_000;

    Joined(EmbeddingModel model, int dimension) {
        this(PromptEmbeddings.by(model), dimension);
    }

    /** Throws a {@link io.github.tandem4j.PrivacyException} if the model may not be given the texts. */
    double[] of(Request request, Reply reply) {
        double[] joined = new double[2 * dimension];
        put(request, AnswerEvidence.prompt(request), joined, 0);
        put(request, reply.text(), joined, dimension);
        return joined;
    }

    private void put(Request request, String text, double[] joined, int from) {
        if (text.isBlank()) {
            return;
        }
        String start = text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS);
        float[] vector = model.of(request, start);
        if (vector.length != dimension) {
            throw new ConfigurationException("the embedding model gives " + vector.length
                    + " dimensions; valid is the model of the training, which gave " + dimension);
        }
        for (int i = 0; i < dimension; i++) {
            joined[from + i] = vector[i];
        }
    }
}
