package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a model is made of, opened together: all of it or nothing. */
record ModelParts(ModelDirectory directory, Decoder decoder, Tokenizer tokenizer, Optional<ChatPrompt> chatPrompt) {

    /** After a failure, which is the one to be told. */
    void close() {
        tokenizer.close();
        closeOpened(CompletableFuture.completedFuture(decoder));
    }

    /**
     * The weights take one thread longer than all else takes another: so they come first, and the small files of a directory
     * are read meanwhile. What these say against the model comes before what its session does.
     *
     * @param check refuses a directory by what its small files say
     */
    static ModelParts open(Path path, @Nullable String variant, int threads, Consumer<ModelDirectory> check) {
        Optional<CompletableFuture<Decoder>> early = variant == null && ModelDirectory.isImport(path)
                ? Optional.of(begin(() -> Decoder.open(path, threads)))
                : Optional.empty();
        ModelDirectory directory;
        try {
            directory = ModelDirectory.open(path, variant);
            check.accept(directory);
        } catch (RuntimeException | Error e) {
            early.ifPresent(ModelParts::closeOpened);
            throw e;
        }
        return open(directory, early.orElseGet(() -> begin(() -> Decoder.open(directory, threads))));
    }

    private static CompletableFuture<Decoder> begin(Supplier<Decoder> opening) {
        return CompletableFuture.supplyAsync(opening, OpeningThread.EXECUTOR);
    }

    private static ModelParts open(ModelDirectory directory, CompletableFuture<Decoder> opening) {
        try {
            Tokenizer tokenizer = Tokenizer.open(directory.tokenizer(), directory.vocabulary());
            try {
                Optional<ChatPrompt> chatPrompt = ChatPrompt.of(directory, tokenizer);
                return new ModelParts(directory, joined(opening, directory), tokenizer, chatPrompt);
            } catch (RuntimeException | Error e) {
                tokenizer.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            closeOpened(opening);
            throw e;
        }
    }

    private static Decoder joined(CompletableFuture<Decoder> opening, ModelDirectory directory) {
        Decoder decoder;
        try {
            decoder = opening.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException refusal) {
                throw refusal;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
        if (decoder.vocabulary() != directory.vocabulary()) {
            throw new ModelFileException(directory.model() + " has a vocabulary of " + decoder.vocabulary()
                    + ", and its config.json says " + directory.vocabulary() + "; import the model again");
        }
        return decoder;
    }

    /** After a failure, which is the one to be told. */
    private static void closeOpened(CompletableFuture<Decoder> opening) {
        try {
            opening.join().close();
        } catch (CompletionException | OrtException e) {
            // It did not open either, or is as closed as it gets.
        }
    }
}
