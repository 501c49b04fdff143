package io.github.tandem4j.onnx;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Memory of caches that nobody uses at the moment, kept for a while for the next call: asking the system again costs more
 * than the copying does, a page at a time, and what many threads ask for and free leaves holes. Bounded in bytes and age.
 * Thread-safe.
 */
final class CachePool implements AutoCloseable, Sweeper.Swept {
    private final long mostBytes;
    private final long nanosToLive;
    private final LongSupplier nanoTime;
    private final Sweeper sweeper;
    private final ReentrantLock lock = new ReentrantLock();

    /** The longest idle first. */
    private final Deque<Idle> idle = new ArrayDeque<>();

    private long bytes;
    private boolean closed;

    private record Idle(CacheMemory.Allocation allocation, long since) {}

    CachePool(long mostBytes, long nanosToLive, LongSupplier nanoTime, Sweeper.Timer timer) {
        this.mostBytes = mostBytes;
        this.nanosToLive = nanosToLive;
        this.nanoTime = nanoTime;
        this.sweeper = new Sweeper(timer, this);
    }

    /** Takes out memory for exactly so many tokens; null if there is none. The latest, whose pages are the warmest. */
    CacheMemory.@Nullable Allocation take(int capacity) {
        lock.lock();
        try {
            for (Iterator<Idle> latest = idle.descendingIterator(); latest.hasNext(); ) {
                CacheMemory.Allocation allocation = latest.next().allocation;
                if (allocation.capacity() == capacity) {
                    latest.remove();
                    bytes -= allocation.bytes();
                    return allocation;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Takes memory back, and frees what is more than is kept. */
    void give(CacheMemory.Allocation allocation) {
        List<Idle> dropped = new ArrayList<>();
        lock.lock();
        try {
            idle.addLast(new Idle(allocation, nanoTime.getAsLong()));
            bytes += allocation.bytes();
            while (!idle.isEmpty() && (closed || bytes > mostBytes || isOld(idle.getFirst()))) {
                drop(dropped);
            }
        } finally {
            lock.unlock();
        }
        free(dropped);
        sweeper.expect(nanosToLive);
    }

    int size() {
        lock.lock();
        try {
            return idle.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long sweep() {
        List<Idle> dropped = new ArrayList<>();
        long next = -1;
        lock.lock();
        try {
            while (!idle.isEmpty() && isOld(idle.getFirst())) {
                drop(dropped);
            }
            if (!idle.isEmpty()) {
                next = Math.max(0, nanosToLive - (nanoTime.getAsLong() - idle.getFirst().since));
            }
        } finally {
            lock.unlock();
        }
        free(dropped);
        return next;
    }

    private static void free(List<Idle> dropped) {
        dropped.forEach(each -> each.allocation.free());
        if (!dropped.isEmpty()) {
            NativeHeap.trimSoon();
        }
    }

    private boolean isOld(Idle each) {
        return nanoTime.getAsLong() - each.since >= nanosToLive;
    }

    private void drop(List<Idle> dropped) {
        Idle longest = idle.removeFirst();
        bytes -= longest.allocation.bytes();
        dropped.add(longest);
    }

    @Override
    public void close() {
        List<Idle> dropped = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            while (!idle.isEmpty()) {
                drop(dropped);
            }
        } finally {
            lock.unlock();
        }
        free(dropped);
    }
}
