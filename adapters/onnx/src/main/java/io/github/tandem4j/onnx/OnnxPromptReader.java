package io.github.tandem4j.onnx;

import static java.util.Objects.requireNonNull;

import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.LocalModel;
import io.github.tandem4j.PromptReader;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.onnx.files.Sha256;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads many prompts with a local model, for training: some at the same time, with a cache on disk, to be stopped and taken
 * up again.
 *
 * <pre>{@code
 * List<PromptReading> readings = OnnxPromptReader.over(small)
 *         .cachedIn(Path.of("readings"))
 *         .onProgress(bar::to)
 *         .read(prompts);
 * }</pre>
 *
 * <p>A prompt that does not fit into the model's window is read by its end, and its reading says so. With a cache, numbers
 * are rounded as the cache rounds them (half precision for states, single for the rest), whether they come from it or not.
 *
 * <p>Readings come in the order of the prompts. Immutable and thread-safe; the endpoint stays its owner's to close.
 */
public final class OnnxPromptReader implements PromptReader, LocalModel {
    private static final long USUAL_BYTES = 2L << 30;

    private final OnnxEndpoint endpoint;
    private final ReadingWish wish;
    private final int parallel;
    private final @Nullable Path cache;
    private final long cacheBytes;
    private final DoubleConsumer progress;

    private OnnxPromptReader(
            OnnxEndpoint endpoint,
            ReadingWish wish,
            int parallel,
            @Nullable Path cache,
            long cacheBytes,
            DoubleConsumer progress) {
        this.endpoint = endpoint;
        this.wish = wish;
        this.parallel = parallel;
        this.cache = cache;
        this.cacheBytes = cacheBytes;
        this.progress = progress;
    }

    /**
     * A reader that reads what the endpoint reads by itself, two prompts at a time and without a cache.
     *
     * @param endpoint stays open for as long as the reader is in use
     * @return the reader
     */
    public static OnnxPromptReader over(OnnxEndpoint endpoint) {
        return new OnnxPromptReader(endpoint, endpoint.readingWish(), 2, null, USUAL_BYTES, fraction -> {});
    }

    /**
     * The same reader of other states and tokens.
     *
     * @param wish what the model must have
     * @return a new reader
     * @throws RejectedRequestException if the model does not have it
     */
    public OnnxPromptReader reading(ReadingWish wish) {
        endpoint.model().requireReadable(wish);
        return new OnnxPromptReader(endpoint, wish, parallel, cache, cacheBytes, progress);
    }

    /**
     * The same reader with another number of prompts at a time. Over an endpoint of one thread, as many as there are cores
     * are fastest; see the module's benchmarks.
     *
     * @param prompts 1 to 1,024
     * @return a new reader
     */
    public OnnxPromptReader inParallel(int prompts) {
        if (prompts < 1 || prompts > 1024) {
            throw new IllegalArgumentException("prompts at a time are " + prompts + "; valid: 1 to 1024");
        }
        return new OnnxPromptReader(endpoint, wish, prompts, cache, cacheBytes, progress);
    }

    /**
     * The same reader with a cache: a file for each model and wish, of which readings are found by the prompt's tokens.
     * Several processes may share it. What was read before an interruption, or before the process died, need not be read
     * again. A file stops growing at 2 GiB, which are some 100,000 prompts.
     *
     * @param directory made if need be
     * @return a new reader
     */
    public OnnxPromptReader cachedIn(Path directory) {
        return cachedIn(directory, USUAL_BYTES);
    }

    /**
     * The same with another bound.
     *
     * @param bytes how long a file may grow, 0 or more
     * @return a new reader
     */
    public OnnxPromptReader cachedIn(Path directory, long bytes) {
        requireNonNull(directory, "directory");
        if (bytes < 0) {
            throw new IllegalArgumentException("cache is of " + bytes + " bytes; valid: 0 or more");
        }
        return new OnnxPromptReader(endpoint, wish, parallel, directory, bytes, progress);
    }

    /**
     * The same reader with a listener, which is told the done fraction, 0 to 1, after each prompt, on the calling thread.
     *
     * @param progress the listener
     * @return a new reader
     */
    public OnnxPromptReader onProgress(DoubleConsumer progress) {
        return new OnnxPromptReader(endpoint, wish, parallel, cache, cacheBytes, requireNonNull(progress, "progress"));
    }

    @Override
    public void read(List<String> prompts, Sink sink) {
        requireNonNull(sink, "sink");
        List<String> all = List.copyOf(prompts);
        ReadingFile file = cache == null
                ? null
                : ReadingFile.open(
                        cache,
                        endpoint.reader(),
                        wish,
                        endpoint.model().decoder().width(),
                        cacheBytes);
        ExecutorService workers = Executors.newFixedThreadPool(parallel, task -> {
            Thread thread = new Thread(task, "tandem-reader");
            thread.setDaemon(true);
            return thread;
        });
        try (file) {
            read(all, sink, file, workers);
        } finally {
            workers.shutdownNow();
            awaitEnd(workers);
        }
    }

    /** Nothing of a reading runs on after it has ended; an interrupted prefill ends soon. */
    private static void awaitEnd(ExecutorService workers) {
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                ended = workers.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** One prompt on its way: found in the cache, being made, or refused. */
    private record Row(
            int index,
            @Nullable String key,
            @Nullable Future<PromptReading> making,
            @Nullable PromptReading found,
            @Nullable RejectedRequestException refusal) {}

    private void read(List<String> prompts, Sink sink, @Nullable ReadingFile file, ExecutorService workers) {
        Deque<Row> rows = new ArrayDeque<>();
        int next = 0;
        for (int done = 0; done < prompts.size(); done++) {
            if (Thread.currentThread().isInterrupted()) { // which would close the file in the middle of a record
                throw interrupted();
            }
            while (next < prompts.size() && rows.size() < 2 * parallel) {
                rows.add(begin(next, prompts.get(next), file, workers));
                next++;
            }
            finish(rows.remove(), sink, file);
            progress.accept((done + 1) / (double) prompts.size());
        }
    }

    private Row begin(int index, String prompt, @Nullable ReadingFile file, ExecutorService workers) {
        int[] ids;
        try {
            ids = promptOf(prompt);
        } catch (RejectedRequestException e) {
            return new Row(index, null, null, null, e);
        }
        String key = file == null ? null : keyOf(ids);
        PromptReading found = file == null || key == null ? null : file.find(key);
        Future<PromptReading> making = found != null
                ? null
                : workers.submit(() -> endpoint.model().readEnd(ids, wish, CallContext.unlimited()));
        return new Row(index, key, making, found, null);
    }

    private void finish(Row row, Sink sink, @Nullable ReadingFile file) {
        if (row.refusal() != null) {
            sink.refused(row.index(), row.refusal());
            return;
        }
        PromptReading reading = row.found();
        if (reading == null) {
            reading = made(requireNonNull(row.making(), "making"));
            if (file != null) {
                file.append(requireNonNull(row.key(), "key"), reading);
                reading = file.record().rounded(reading);
            }
        }
        sink.accept(row.index(), reading);
    }

    private PromptReading made(Future<PromptReading> making) {
        try {
            return making.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private CallCancelledException interrupted() {
        return new CallCancelledException("reading of prompts by " + endpoint.id() + " was interrupted");
    }

    private int[] promptOf(String prompt) {
        if (prompt.isBlank()) {
            throw new RejectedRequestException("prompt to be read is blank; valid: a text with a visible character");
        }
        return endpoint.promptOf(List.of(UserMessage.from(prompt)));
    }

    /** Of a prompt that is cut, another window reads another end. */
    private String keyOf(int[] ids) {
        int window = endpoint.model().window();
        if (ids.length <= window) {
            return Sha256.hex(ids);
        }
        int[] withWindow = Arrays.copyOf(ids, ids.length + 2);
        withWindow[ids.length] = -1;
        withWindow[ids.length + 1] = window;
        return Sha256.hex(withWindow);
    }
}
