package io.github.tandem4j.smollm2;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.onnx.graph.RuntimeEnvironment;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.DoubleConsumer;

/**
 * SmolLM2-135M-Instruct in this process: a model of 135 million parameters by Hugging Face (Apache License 2.0), whose
 * weights are in this artifact. No download, no server, no key.
 *
 * <pre>{@code
 * try (OnnxEndpoint small = SmolLm2.open()) {
 *     System.out.println(small.answer("What is the capital of France?").text());
 * }
 * }</pre>
 *
 * <p>At first open the weights are imported, in seconds, into a cache of about 110 MB (twice that meanwhile); from then on
 * opening takes about a second. The next open of another process adds ONNX Runtime's native library, 28 MB, which is then
 * unpacked no more. The cache is the directory that the system property {@code tandem.cache} or the
 * environment variable {@code TANDEM_CACHE} names; else the system's place for caches ({@code ~/.cache/tandem} on Linux),
 * or, if that cannot be written to, one for this user alone beside temporary files. A cache that was filled beforehand
 * may be read-only.
 *
 * <p>Thread-safe; several processes may share a cache.
 *
 * @see <a href="https://arxiv.org/abs/2502.02737">SmolLM2: When Smol Goes Big (Ben Allal et al., 2025)</a>
 */
public final class SmolLm2 {

    private SmolLm2() {}

    /**
     * Opens the model on as many threads as the machine has cores.
     *
     * @return the endpoint {@code smollm2}; close it
     * @throws ConfigurationException if there is no place for the imported model
     * @throws ModelFileException if the artifact is damaged
     */
    public static OnnxEndpoint open() {
        keepLibrary();
        RuntimeEnvironment.prepare();
        return OnnxEndpoint.builder(directory()).id("smollm2").open();
    }

    /**
     * {@return the directory of the imported model, imported if it is not there yet: for {@link OnnxEndpoint#builder} and
     * its options}
     */
    public static Path directory() {
        return directory(fraction -> {});
    }

    /**
     * {@return the directory of the imported model, imported if it is not there yet}
     *
     * @param progress is told the done fraction of the import, 0 to 1; not called if there is nothing to import
     */
    public static Path directory(DoubleConsumer progress) {
        keepLibrary();
        return new ModelCache(CacheDirectory.candidates(), Objects.requireNonNull(progress, "progress")).model();
    }

    /**
     * {@return the directory of the imported model in this cache, imported if it is not there yet}
     *
     * @param cache a directory, or one to be made
     */
    public static Path directoryIn(Path cache) {
        return new ModelCache(List.of(Objects.requireNonNull(cache, "cache")), fraction -> {}).model();
    }

    private static void keepLibrary() {
        RuntimeEnvironment.keepLibraryIn(CacheDirectory.candidates().stream()
                .filter(CacheDirectory::isTrusted)
                .toList());
    }
}
