package io.github.tandem4j.smollm2;

import io.github.tandem4j.onnx.gguf.GgufImport;
import io.github.tandem4j.onnx.gguf.TinyGguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * A cache with a tiny model of random weights in SmolLM2's place, for tests of what is done with a model's answers and
 * options, whatever the answers say: it opens and answers in a few hundredths of a second.
 */
public final class TinyCache {

    private final Path directory;

    private TinyCache(Path directory) {
        this.directory = directory;
    }

    /**
     * {@return a new cache}
     *
     * @param directory an empty directory
     * @throws IOException if it can't be written
     */
    public static TinyCache in(Path directory) throws IOException {
        Path gguf = TinyGguf.write(directory.resolve("tiny.gguf"));
        Path model = directory.resolve(ModelCache.NAME);
        GgufImport.of(gguf).into(model);
        Files.delete(gguf);
        Checksums.write(model);
        return new TinyCache(directory);
    }

    /**
     * Runs something in this process that finds its SmolLM2 here.
     *
     * @param <T> what it gives
     * @param action what to run
     * @return what it gave
     */
    public <T> T whereSmolLm2Is(Supplier<T> action) {
        String before = System.getProperty("tandem.cache");
        System.setProperty("tandem.cache", directory.toString());
        try {
            return action.get();
        } finally {
            if (before == null) {
                System.clearProperty("tandem.cache");
            } else {
                System.setProperty("tandem.cache", before);
            }
        }
    }
}
