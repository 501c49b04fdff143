package io.github.tandem4j;

import dev.langchain4j.model.embedding.EmbeddingModel;

/**
 * Says of a model that is no endpoint, such as one that embeds texts, whether it runs on the caller's own machine. What does
 * not say so counts as remote, and is given no text that may not travel: see {@link CallContext#mayTravel()}.
 *
 * <pre>{@code
 * EmbeddingModel encoder = LocalModel.vouchedFor(new AllMiniLmL6V2QuantizedEmbeddingModel());
 * }</pre>
 *
 * <p>A model that asks another one is local only if that one is.
 */
public interface LocalModel {

    /** {@return whether all that it is given stays on the caller's own machine} */
    default boolean isLocal() {
        return true;
    }

    /** {@return whether this model says of itself that it is local; what says nothing is not known to be} */
    static boolean isKnownToBe(Object model) {
        return model instanceof LocalModel local && local.isLocal();
    }

    /**
     * {@return the model, of which the caller says that all it is given stays on the caller's own machine}
     *
     * <p>Nobody checks it: what is vouched for is given texts that may not leave this machine.
     */
    static EmbeddingModel vouchedFor(EmbeddingModel model) {
        return new VouchedEmbeddingModel(model);
    }
}
