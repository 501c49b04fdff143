package io.github.tandem4j.onnx.graph;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime's environment, of which a process has one. Making it takes care: from release 1.29 on, it looks through the
 * process's command line for its telemetry, by regular expressions that recurse once a character. A command line of a few
 * thousand characters, as a long class path makes it, overflows a usual stack, and the process dies without a word.
 *
 * <p>Thread-safe. Whoever uses ONNX Runtime beside Tandem's models in one process may take the environment from here too.
 */
public final class RuntimeEnvironment {

    /** Some 300 bytes a character of the command line; address space, of which only what is used becomes memory. */
    private static final long STACK_BYTES = 256L << 20;

    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final AtomicReference<@Nullable OrtEnvironment> MADE = new AtomicReference<>();
    private static final AtomicReference<@Nullable List<Path>> LIBRARY_PLACES = new AtomicReference<>();

    private RuntimeEnvironment() {}

    /** {@return the environment, which sends no telemetry from then on} */
    public static OrtEnvironment get() {
        LOCK.lock();
        try {
            OrtEnvironment environment = MADE.get();
            if (environment == null) {
                environment = make();
                MADE.set(environment);
            }
            return environment;
        } finally {
            LOCK.unlock();
        }
    }

    /**
     * Begins to make the environment on a thread of its own, where {@link #get()} will wait for it. Unpacking the native
     * library takes as long as reading a model's small files, and the two need not wait for each other.
     */
    public static void prepare() {
        if (MADE.get() == null) {
            Thread thread = new Thread(RuntimeEnvironment::tryGet, "tandem-onnxruntime-prepare");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /**
     * Lets the native library be unpacked once into a cache, from where later processes load it: that takes a tenth of the
     * time. To be said before the environment is made. It is left to the runtime where a system property {@code
     * onnxruntime.native.*} says where its libraries are, where no directory can be used, where another user could have
     * written the file or may write to a directory above it, and where there is no POSIX file system.
     *
     * @param caches directories, best first; one that is not there is passed over
     */
    public static void keepLibraryIn(List<Path> caches) {
        LIBRARY_PLACES.set(List.copyOf(caches));
    }

    private static void tryGet() {
        try {
            get();
        } catch (RuntimeException | Error e) {
            // Whoever needs the environment meets it again.
        }
    }

    private static OrtEnvironment load() throws OrtException {
        List<Path> places = LIBRARY_PLACES.get();
        Optional<Path> library = places == null || UnpackedLibrary.isChosen()
                ? Optional.empty()
                : UnpackedLibrary.in(places).filter(UnpackedLibrary::load);
        String path = library.map(Path::toString).orElse("");
        // For the moment in which the runtime asks, and not in place of what somebody else sets meanwhile.
        boolean isSet = library.isPresent() && System.getProperties().putIfAbsent(UnpackedLibrary.PATH, path) == null;
        try {
            OrtEnvironment fresh = OrtEnvironment.getEnvironment();
            EnvironmentLife.extend(fresh);
            fresh.setTelemetry(false);
            return fresh;
        } finally {
            if (isSet) {
                System.getProperties().remove(UnpackedLibrary.PATH, path);
            }
        }
    }

    private static OrtEnvironment make() {
        CompletableFuture<OrtEnvironment> made = new CompletableFuture<>();
        Thread thread = new Thread(
                null,
                () -> {
                    try {
                        made.complete(load());
                    } catch (OrtException | RuntimeException | Error e) { // a library that cannot be linked is an error
                        made.completeExceptionally(e);
                    }
                },
                "tandem-onnxruntime",
                STACK_BYTES);
        thread.setDaemon(true);
        thread.start();
        try {
            return made.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException unchecked
                    ? unchecked
                    : new IllegalStateException(e.getCause());
        }
    }
}
