package io.github.tandem4j.router;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.LocalModel;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Embeds the texts of requests, as far as their privacy labels allow: the one way on which a router's texts reach an embedding
 * model. One that is not {@linkplain LocalModel known to be local} is never given a text that {@linkplain
 * io.github.tandem4j.CallContext#mayTravel() may not travel}; whoever asks gets a {@link PrivacyException} and has no
 * estimate.
 *
 * <p>Thread-safe if the model is.
 */
public final class PromptEmbeddings {

    private static final int BATCH = 64;
    private static final String BLANK = "."; // a segment may not be blank

    private final EmbeddingModel model;

    private PromptEmbeddings(EmbeddingModel model) {
        this.model = Objects.requireNonNull(model, "embedding model");
    }

    /** {@return what embeds by this model} */
    public static PromptEmbeddings by(EmbeddingModel model) {
        return new PromptEmbeddings(model);
    }

    /** {@return the length of a vector} */
    public int dimension() {
        return model.dimension();
    }

    /**
     * Throws if the model may not be given this request's text.
     *
     * @throws PrivacyException if the label forbids it
     */
    public void requireMayRead(Request request) {
        if (!request.context().mayTravel() && !LocalModel.isKnownToBe(model)) {
            throw new PrivacyException("request is labelled "
                    + request.context().label() + ", and embedding model " + name()
                    + " is not known to be local; valid is a LocalModel, or one that is LocalModel.vouchedFor");
        }
    }

    /**
     * {@return the vector of a text that belongs to this request, such as its prompt or an answer to it}
     *
     * @throws PrivacyException if the request's label forbids it; the model was not asked
     */
    public float[] of(Request request, String text) {
        requireMayRead(request);
        return of(List.of(text)).get(0);
    }

    /**
     * {@return one vector for each text, as the model gave them}
     *
     * @param texts which belong to no request with a label, such as those of a training; else see {@link
     *     #requireMayRead}. A blank one is embedded as a full stop
     */
    public List<float[]> of(List<String> texts) {
        List<float[]> vectors = new ArrayList<>(texts.size());
        for (int from = 0; from < texts.size(); from += BATCH) {
            List<TextSegment> batch = texts.subList(from, Math.min(texts.size(), from + BATCH)).stream()
                    .map(text -> TextSegment.from(text.isBlank() ? BLANK : text))
                    .toList();
            model.embedAll(batch).content().forEach(embedding -> vectors.add(embedding.vector()));
        }
        if (vectors.size() != texts.size()) {
            throw new ConfigurationException("embedding model " + name() + " gave " + vectors.size() + " vectors for "
                    + texts.size() + " texts; valid is one a text");
        }
        return vectors;
    }

    private String name() {
        return model.modelName();
    }
}
