package io.github.tandem4j.onnx.tokenizer;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import ai.djl.util.Utils;
import io.github.tandem4j.onnx.files.LibraryFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import java.util.jar.JarEntry;
import org.slf4j.LoggerFactory;

/**
 * A tokenizer of the native library that gives ids and nothing else. The library's own class asks for eight things more of
 * each text; and before it loads the library, it looks for a graphics card, by a second native library that is unpacked, and
 * by another process.
 */
final class TextTokenizer implements AutoCloseable {
    private static final String PLACE = "/native/lib/";

    private static final boolean LOADED = isLoaded();

    private final AtomicLong handle;

    /**
     * Makes a tokenizer.
     *
     * @param json a {@code tokenizer.json} that neither cuts nor pads
     * @throws RuntimeException if the library cannot read it, or cannot be loaded
     */
    TextTokenizer(String json) {
        if (!LOADED) {
            LibUtils.checkStatus();
        }
        handle = new AtomicLong(TokenizersLibrary.LIB.createTokenizerFromString(json));
    }

    /**
     * The ids of a text, without those of special tokens around it.
     *
     * @throws IllegalStateException if it is closed, of which the library would not know
     */
    long[] encode(String text) {
        long open = handle.get();
        if (open == 0) {
            throw new IllegalStateException("tokenizer is closed");
        }
        long encoding = TokenizersLibrary.LIB.encode(open, text, false);
        try {
            return TokenizersLibrary.LIB.getTokenIds(encoding);
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }

    @Override
    public void close() {
        long open = handle.getAndSet(0);
        if (open != 0) {
            TokenizersLibrary.LIB.deleteTokenizer(open);
        }
    }

    /** Loads the library from where DJL has unpacked it before, if it is there and whole; where not, DJL does it its way. */
    private static boolean isLoaded() {
        try {
            Optional<Path> library = unpacked();
            library.ifPresent(file -> System.load(file.toString()));
            return library.isPresent();
        } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
            LoggerFactory.getLogger(TextTokenizer.class).debug("DJL loads its library itself", e);
            return false;
        }
    }

    private static Optional<Path> unpacked() throws IOException {
        String system = System.getProperty("os.name", "");
        String machine = System.getProperty("os.arch", "");
        String flavor = Utils.getEnvOrSystemProperty("RUST_FLAVOR");
        boolean isUsual = Utils.getEnvOrSystemProperty("RUST_LIBRARY_PATH") == null
                && System.getProperty("ai.djl.huggingface.native_helper") == null
                && (flavor == null || flavor.equals("cpu"))
                && (system.startsWith("Linux") || system.startsWith("Mac"))
                // A library's methods are those of the classes of whoever loads it.
                && TextTokenizer.class.getClassLoader() == TokenizersLibrary.class.getClassLoader();
        if (!isUsual) {
            return Optional.empty();
        }
        String classifier = (system.startsWith("Mac") ? "osx" : "linux") + "-"
                + (machine.equals("amd64") ? "x86_64" : machine.toLowerCase(Locale.ROOT));
        String name = System.mapLibraryName("tokenizers");
        URL resource = TokenizersLibrary.class.getResource(PLACE + classifier + "/cpu/" + name);
        Optional<JarEntry> entry = LibraryFiles.entry(resource);
        if (entry.isEmpty()) {
            return Optional.empty();
        }
        Path file = Utils.getEngineCacheDir("tokenizers")
                .resolve(version() + "-cpu-" + classifier)
                .resolve(name)
                .toAbsolutePath();
        return LibraryFiles.isUnpacked(file, entry.get()) ? Optional.of(file) : Optional.empty();
    }

    private static String version() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = TokenizersLibrary.class.getResourceAsStream(PLACE + "tokenizers.properties")) {
            if (in == null) {
                throw new EngineException("no " + PLACE + "tokenizers.properties");
            }
            properties.load(in);
        }
        return properties.getProperty("version", "");
    }
}
