package io.github.tandem4j.onnx;

import static java.util.Objects.requireNonNull;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Native memory for key/value caches. Direct buffers of the JDK are freed whenever the garbage collector comes by, and
 * counted against a limit that has nothing to do with them; so the runtime itself is asked for memory, by a graph that
 * gives a tensor back with more rows behind it, or fewer. What it gives is freed the moment it is closed.
 *
 * <p>Capacities come in classes, so that memory which one call has given back serves the next. What it held is left in
 * it: nothing reads behind the tokens that a cache holds.
 */
final class CacheMemory implements AutoCloseable {
    /** Some caches of short calls, or one of a long one. */
    private static final long MOST_IDLE = 64_000_000;

    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** What one more request to the runtime is worth, in tokens. */
    private static final int SMALLEST_STEP = 64;

    private final OrtEnvironment environment;

    /** One for each type of numbers. */
    private final Map<DataType, OrtSession> sessions = new EnumMap<>(DataType.class);

    private final List<CacheTensor> tensors;
    private final CachePool pool;
    private final AtomicInteger live = new AtomicInteger();
    private final AtomicLong liveBytes = new AtomicLong();

    /** One layer's keys or values. */
    record CacheTensor(String past, String present, long heads, long headSize, DataType type) {
        CacheTensor {
            if (type != DataType.FLOAT && type != DataType.FLOAT16) {
                throw new IllegalArgumentException("cache is of " + type + "; valid: float or float16");
            }
        }

        long bytesPerToken() {
            return heads * headSize * (type == DataType.FLOAT ? Float.BYTES : Short.BYTES);
        }

        OnnxTensor empty(OrtEnvironment environment, int rows) throws OrtException {
            long[] shape = {rows, heads, 0, headSize};
            return type == DataType.FLOAT
                    ? OnnxTensor.createTensor(environment, FloatBuffer.allocate(0), shape)
                    : OnnxTensor.createTensor(environment, ShortBuffer.allocate(0), shape, OnnxJavaType.FLOAT16);
        }
    }

    /** The tensors of one cache, in the order of {@link #tensors()}. */
    final class Allocation {
        private final List<OrtSession.Result> owners = new ArrayList<>();
        private final int rows;
        private int capacity;
        private boolean isWhole = true;

        private Allocation(int rows, int capacity) {
            this.rows = rows;
            this.capacity = capacity;
            live.incrementAndGet();
            liveBytes.addAndGet(bytes());
        }

        /** Tokens that each sequence may have. */
        int capacity() {
            return capacity;
        }

        /** Whether all its tensors are alike, which they are not after growing has failed. */
        boolean isWhole() {
            return isWhole;
        }

        long bytes() {
            return rows * (capacity * bytesPerToken());
        }

        OnnxTensor tensor(int index) {
            return (OnnxTensor) owners.get(index).get(0);
        }

        void free() {
            owners.forEach(OrtSession.Result::close);
            owners.clear();
            live.decrementAndGet();
            liveBytes.addAndGet(-bytes());
        }
    }

    CacheMemory(OrtEnvironment environment, List<CacheTensor> tensors) throws OrtException {
        this.environment = environment;
        this.tensors = tensors;
        this.pool = new CachePool(MOST_IDLE, IDLE_NANOS, System::nanoTime, Sweeper.TIMER);
        try {
            for (CacheTensor tensor : tensors) {
                if (!sessions.containsKey(tensor.type())) {
                    sessions.put(tensor.type(), session(environment, tensor.type()));
                }
            }
        } catch (OrtException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static OrtSession session(OrtEnvironment environment, DataType type) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setCPUArenaAllocator(false);
            options.setMemoryPatternOptimization(false);
            return environment.createSession(ResizeGraph.of(type), options);
        }
    }

    List<CacheTensor> tensors() {
        return tensors;
    }

    long bytesPerToken() {
        return tensors.stream().mapToLong(CacheTensor::bytesPerToken).sum();
    }

    /** What copies between allocations; close it. */
    CacheCopy copy() throws OrtException {
        return new CacheCopy(environment, tensors);
    }

    /** The capacity to ask for where so many tokens must fit: at most a quarter more, but for the smallest. */
    static int capacityFor(int tokens, int window) {
        int step = Math.max(SMALLEST_STEP, Integer.highestOneBit(Math.max(1, tokens)) / 4);
        return (int) Math.min(window, (tokens + step - 1L) / step * step);
    }

    /** Memory for so many tokens, whatever is in it. */
    Allocation allocate(int capacity) throws OrtException {
        Allocation idle = pool.take(capacity);
        if (idle != null) {
            return idle;
        }
        return allocate(1, capacity);
    }

    /** Memory for so many sequences side by side, each of so many tokens. It is freed and not kept for another. */
    Allocation allocate(int rows, int capacity) throws OrtException {
        Allocation made = new Allocation(rows, capacity);
        try {
            for (CacheTensor tensor : tensors) {
                try (OnnxTensor empty = tensor.empty(environment, rows)) {
                    made.owners.add(resized(tensor.type(), empty, capacity));
                }
            }
            return made;
        } catch (OrtException e) {
            made.free();
            throw outOfMemory(e, rows, capacity);
        } catch (RuntimeException | Error e) {
            made.free();
            throw e;
        }
    }

    /** Other memory with the first rows of some, which stays as it is. */
    Allocation copy(Allocation from, int capacity) throws OrtException {
        Allocation idle = pool.take(capacity);
        Allocation copy = idle == null ? new Allocation(1, capacity) : idle;
        try {
            for (int i = 0; i < tensors.size(); i++) {
                int more = capacity - from.capacity;
                if (idle == null) {
                    copy.owners.add(resized(tensors.get(i).type(), from.tensor(i), more));
                } else {
                    resize(tensors.get(i).type(), from.tensor(i), more, copy.tensor(i));
                }
            }
            return copy;
        } catch (OrtException e) {
            copy.free();
            throw outOfMemory(e, 1, capacity);
        } catch (RuntimeException | Error e) {
            copy.free();
            throw e;
        }
    }

    private OrtException outOfMemory(OrtException failure, int rows, int capacity) {
        return OutOfNativeMemory.when(
                failure,
                "keys and values of " + (rows == 1 ? "" : rows + " times ") + capacity + " tokens",
                rows * (capacity * bytesPerToken()));
    }

    /**
     * Makes room for more tokens, a tensor at a time, so that old and new are never there both. After a failure it is
     * good for nothing but to be freed.
     */
    void grow(Allocation grown, int capacity) throws OrtException {
        grown.isWhole = false;
        try {
            for (int i = 0; i < tensors.size(); i++) {
                OrtSession.Result larger = resized(tensors.get(i).type(), grown.tensor(i), capacity - grown.capacity);
                grown.owners.set(i, larger).close();
            }
        } catch (OrtException e) {
            throw outOfMemory(e, grown.rows, capacity);
        }
        long before = grown.bytes();
        grown.capacity = capacity;
        grown.isWhole = true;
        liveBytes.addAndGet(grown.bytes() - before);
        NativeHeap.trimSoon();
    }

    /** Takes memory back, perhaps for the next cache. */
    void release(Allocation allocation) {
        if (allocation.isWhole) {
            pool.give(allocation);
        } else {
            allocation.free();
        }
    }

    private OrtSession.Result resized(DataType type, OnnxTensor past, int moreRows) throws OrtException {
        try (OnnxTensor pads = pads(moreRows)) {
            return session(type).run(Map.of("past", past, "pads", pads));
        }
    }

    private void resize(DataType type, OnnxTensor past, int moreRows, OnnxTensor into) throws OrtException {
        try (OnnxTensor pads = pads(moreRows);
                OrtSession.Result unused =
                        session(type).run(Map.of("past", past, "pads", pads), Set.of(), Map.of("present", into))) {
            assert unused.size() == 1;
        }
    }

    private OrtSession session(DataType type) {
        return requireNonNull(sessions.get(type), "session");
    }

    private OnnxTensor pads(int moreRows) throws OrtException {
        long[] pads = {0, 0, 0, 0, 0, 0, moreRows, 0};
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(pads), new long[] {pads.length});
    }

    /** How many caches have memory, idle ones included. */
    int live() {
        return live.get();
    }

    /** What they take together. */
    long liveBytes() {
        return liveBytes.get();
    }

    /** How many of them nobody uses. */
    int idle() {
        return pool.size();
    }

    @Override
    public void close() throws OrtException {
        pool.close();
        for (OrtSession session : sessions.values()) {
            session.close();
        }
    }
}
