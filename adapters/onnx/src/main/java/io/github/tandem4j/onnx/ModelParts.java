package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** What a model is made of, opened together: all of it or nothing. */
record ModelParts(ModelDirectory directory, Decoder decoder, Tokenizer tokenizer, Optional<ChatPrompt> chatPrompt) {

    /** Weights and vocabulary take about as long as each other, and each one thread. */
    static ModelParts open(ModelDirectory directory, int threads) {
        CompletableFuture<Decoder> opening = CompletableFuture.supplyAsync(
                () -> Decoder.open(directory, threads), OpeningThread.EXECUTOR);
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
            if (e.getCause() instanceof ModelFileException refusal) {
                throw refusal;
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
