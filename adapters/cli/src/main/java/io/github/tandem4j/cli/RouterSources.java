package io.github.tandem4j.cli;

import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.onnx.OnnxPromptReader;
import io.github.tandem4j.onnx.encoder.OnnxEmbeddingModel;
import io.github.tandem4j.onnx.encoder.SentenceEncoders;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.Probe;
import io.github.tandem4j.router.features.Views;
import io.github.tandem4j.router.learning.Sources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What learned routers read beside the text: the encoder and the small model in this jar, opened when they are needed. */
final class RouterSources implements AutoCloseable {

    /** What of the small model is used: means over the prompt, which carry further than its last token does. */
    private static final List<String> STATES = List.of("mean.10", "mean.21", "mean.25");

    private final Surroundings surroundings;
    private final @Nullable Path kept;
    private @Nullable OnnxEmbeddingModel encoder;
    private @Nullable OnnxEndpoint reader;

    /**
     * Opens nothing yet.
     *
     * @param kept the directory in which embeddings and readings are kept for the next time; null for none
     */
    RouterSources(Surroundings surroundings, @Nullable Path kept) {
        this.surroundings = surroundings;
        this.kept = kept;
        if (kept != null) {
            try {
                Files.createDirectories(kept);
            } catch (IOException e) {
                throw new UncheckedIOException(kept + " cannot be made", e);
            }
        }
    }

    /** {@return whether a router of this name reads more than the text} */
    static boolean readsText(String router) {
        return router.equals("length") || router.equals("ngrams");
    }

    /** {@return the sources for a router of this name} */
    Sources of(String router, boolean fast) {
        if (readsText(router)) {
            return Sources.text();
        }
        Sources sources = Sources.text().embedding(embedding());
        boolean probe = router.equals("probe") || ((router.equals("auto") || router.equals("ensemble")) && !fast);
        return probe ? sources.probe(probe()) : sources;
    }

    /** {@return the embedding} */
    Features embedding() {
        if (encoder == null) {
            encoder = SentenceEncoders.miniLm().open();
        }
        Features view = Views.embedding("all-minilm-l6-v2", encoder);
        return kept == null ? view : Views.cached(view, kept.resolve("all-minilm-l6-v2.features"));
    }

    /** {@return the small model's reading of a prompt} */
    Probe probe() {
        if (reader == null) {
            reader = LocalModel.openSmolLm2(surroundings);
        }
        OnnxPromptReader prompts = OnnxPromptReader.over(reader);
        return Probe.of("smollm2-135m", kept == null ? prompts : prompts.cachedIn(kept.resolve("readings")), STATES);
    }

    @Override
    public void close() {
        if (encoder != null) {
            encoder.close();
        }
        if (reader != null) {
            reader.close();
        }
    }
}
