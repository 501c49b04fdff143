package io.github.tandem4j.smollm2;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.gguf.GgufImport;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The imported model in a cache directory. It is there whole or not at all: an import happens under a temporary name
 * beside its place and is moved there at once. Threads of one process take turns by a lock, processes by a locked file,
 * and where files cannot be locked the atomic move alone keeps them apart. What an import that was cut off has left is
 * cleared away by the next one; what is damaged is imported again.
 */
final class ModelCache {

    private static final ReentrantLock IMPORTING = new ReentrantLock();

    /** The model's name, the beginning of its file's SHA-256, and the version of what the import writes. */
    static final String NAME =
            "smollm2-135m-instruct-" + Weights.SHA_256.substring(0, 12) + "-" + GgufImport.FORMAT_VERSION;

    private final List<Path> candidates;
    private final DoubleConsumer progress;

    ModelCache(List<Path> candidates, DoubleConsumer progress) {
        this.candidates = candidates;
        this.progress = progress;
    }

    /** Not before there is something to tell: what logs an application has takes it time to find. */
    private static Logger log() {
        return LoggerFactory.getLogger(SmolLm2.class);
    }

    /** {@return the directory of the model, imported if it is not there yet} */
    Path model() {
        for (Path candidate : candidates) {
            if (CacheDirectory.isTrusted(candidate) && Checksums.hold(candidate.resolve(NAME))) {
                return candidate.resolve(NAME);
            }
        }
        Path cache = CacheDirectory.writable(candidates);
        if (!cache.equals(candidates.get(0))) {
            log().warn("{} cannot be written to; SmolLM2 is kept in {}", candidates.get(0), cache);
        }
        IMPORTING.lock();
        try {
            return importInto(cache);
        } catch (IOException e) {
            throw new ConfigurationException("SmolLM2 cannot be imported into " + cache + ": " + e, e);
        } finally {
            IMPORTING.unlock();
        }
    }

    private Path importInto(Path cache) throws IOException {
        Path model = cache.resolve(NAME);
        try (FileChannel channel = FileChannel.open(
                        cache.resolve(NAME + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = lock(channel)) {
            if (Checksums.hold(model)) {
                return model; // another thread or process was first
            }
            if (lock != null) {
                clearLeftovers(cache);
            }
            if (Files.exists(model, LinkOption.NOFOLLOW_LINKS)) {
                log().warn("The model in {} is damaged; it is imported again.", model);
                delete(model);
            }
            Path work = Files.createTempDirectory(cache, NAME + ".work-");
            try {
                Path gguf = work.resolve(Weights.NAME);
                Weights.writeTo(gguf);
                Path imported = work.resolve("model");
                GgufImport.of(gguf).onProgress(progress).into(imported);
                Checksums.write(imported);
                CacheDirectory.openLike(cache, imported);
                moveTo(model, imported);
            } finally {
                delete(work);
            }
            return model;
        }
    }

    /** Without the lock another process may have moved its own model there, which is as good. */
    private static void moveTo(Path model, Path imported) throws IOException {
        try {
            Files.move(imported, model, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new ModelFileException(
                    "file system of " + model + " cannot move a directory at once;"
                            + " name another with the system property tandem.cache",
                    e);
        } catch (IOException e) {
            if (!Checksums.hold(model)) {
                throw e;
            }
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) {
        try {
            return channel.lock();
        } catch (IOException | OverlappingFileLockException e) { // the latter: this library twice in one process
            log().debug("Files in this cache cannot be locked; imports rely on atomic moves alone.", e);
            return null;
        }
    }

    private static void clearLeftovers(Path cache) throws IOException {
        List<Path> leftovers;
        try (Stream<Path> entries = Files.list(cache)) {
            leftovers = entries.filter(entry -> entry.getFileName().toString().startsWith(NAME + ".work-"))
                    .toList();
        }
        for (Path leftover : leftovers) {
            delete(leftover);
        }
    }

    private static void delete(Path directory) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> walk = Files.walk(directory)) {
            deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }
}
