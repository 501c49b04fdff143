package io.github.tandem4j.onnx;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The prompts read last, kept for the answers that may follow. Bounded in number, bytes and age, and private to each
 * tenant: whose prompt was read lately shows to nobody else, not even by the time that an answer takes. A prefill that is
 * taken is its taker's alone. Thread-safe.
 */
final class PrefillStore implements AutoCloseable {
    private final int most;
    private final long mostBytes;
    private final long nanosToLive;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();

    /** The oldest first. */
    private final Deque<Entry> entries = new ArrayDeque<>();

    private long bytes;
    private boolean closed;

    private record Entry(String tenant, Prefill prefill, long madeAt, long bytes) {}

    PrefillStore(int most, long mostBytes, long nanosToLive, LongSupplier nanoTime) {
        this.most = most;
        this.mostBytes = mostBytes;
        this.nanosToLive = nanosToLive;
        this.nanoTime = nanoTime;
    }

    /** One that keeps nothing. */
    static PrefillStore none() {
        return new PrefillStore(0, 0, 0, System::nanoTime);
    }

    /** Whether anything is kept at all. */
    boolean isOn() {
        return most > 0;
    }

    /** Takes a tenant's prefill of this very prompt out; null if there is none. */
    @Nullable
    Prefill take(String tenant, int[] prompt) {
        lock.lock();
        try {
            dropOld();
            for (Iterator<Entry> all = entries.iterator(); all.hasNext(); ) {
                Entry entry = all.next();
                if (entry.tenant.equals(tenant) && Arrays.equals(entry.prefill.prompt(), prompt)) {
                    all.remove();
                    bytes -= entry.bytes;
                    return entry.prefill;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Keeps a prefill, or closes it if there is no room for it. */
    void put(String tenant, Prefill prefill) {
        lock.lock();
        try {
            long size = prefill.bytes();
            if (closed || most == 0 || size > mostBytes) {
                prefill.close();
                return;
            }
            dropOld();
            entries.addLast(new Entry(tenant, prefill, nanoTime.getAsLong(), size));
            bytes += size;
            while (entries.size() > most || bytes > mostBytes) {
                drop();
            }
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            dropOld();
            return entries.size();
        } finally {
            lock.unlock();
        }
    }

    private void dropOld() {
        long now = nanoTime.getAsLong();
        while (!entries.isEmpty() && now - entries.getFirst().madeAt >= nanosToLive) {
            drop();
        }
    }

    private void drop() {
        Entry oldest = entries.removeFirst();
        bytes -= oldest.bytes;
        oldest.prefill.close();
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            while (!entries.isEmpty()) {
                drop();
            }
        } finally {
            lock.unlock();
        }
    }
}
