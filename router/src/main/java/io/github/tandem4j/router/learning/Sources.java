package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.Probe;
import io.github.tandem4j.router.features.Views;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a recipe may read beside the text: an embedding of it, and a local model's reading of the prompt. What costs
 * something to read is remembered while this lives. Immutable.
 */
public final class Sources {

    private final @Nullable Features embedding;
    private final @Nullable Probe probe;

    private Sources(@Nullable Features embedding, @Nullable Probe probe) {
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
    public Sources probe(Probe reading) {
        return new Sources(embedding, reading);
    }

    /** These without a local model's reading. */
    public Sources fast() {
        return new Sources(embedding, null);
    }

    /** {@return the embedding, if there is one} */
    public Optional<Features> embedding() {
        return Optional.ofNullable(embedding);
    }

    /** {@return the local model's reading, if there is one} */
    public Optional<Probe> probe() {
        return Optional.ofNullable(probe);
    }

    /** {@return the views beside those of the text, for {@link LearnedRouter#load}} */
    public Features[] views() {
        Stream<Features> readings = probe == null ? Stream.empty() : probe.views().stream();
        return Stream.concat(Stream.ofNullable(embedding), readings).toArray(Features[]::new);
    }
}
