package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.Views;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a recipe may read beside the text: an embedding of it, and a local model's reading of the prompt. What costs
 * something to read is remembered while this lives. Immutable.
 */
public final class Sources {

    private final @Nullable Features embedding;
    private final @Nullable Features probe;

    private Sources(@Nullable Features embedding, @Nullable Features probe) {
        this.embedding = embedding;
        this.probe = probe;
    }

    /** {@return the text alone} */
    public static Sources text() {
        return new Sources(null, null);
    }

    /** These and this embedding; see {@link Views#embedding}. */
    public Sources embedding(Features view) {
        return new Sources(Views.remembered(view), probe);
    }

    /** These and a local model's reading. */
    public Sources probe(Features view) {
        return new Sources(embedding, Views.remembered(view));
    }

    /** {@return the embedding, if there is one} */
    public Optional<Features> embedding() {
        return Optional.ofNullable(embedding);
    }

    /** {@return the local model's reading, if there is one} */
    public Optional<Features> probe() {
        return Optional.ofNullable(probe);
    }
}
