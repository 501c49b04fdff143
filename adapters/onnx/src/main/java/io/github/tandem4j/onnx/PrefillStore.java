package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of the token sequences that were fed last, kept for the calls that go on from there: a conversation's
 * next turn, an answer to what was read, another conversation under the same system prompt.
 *
 * <p>A call takes what has the longest beginning in common with its prompt, and cuts it to that. Where this would lose so
 * much that feeding it again costs more than copying, it gets a copy and the other branch stays.
 *
 * <p>Bounded in number, bytes and age, and private to each tenant: what a tenant's prompts begin with shows to nobody
 * else, not even by the time that an answer takes; and who holds the most is the first to lose something. A cache that
 * is taken is its taker's alone. Thread-safe.
 */
final class PrefillStore implements AutoCloseable, Sweeper.Swept {
    /** A branch of fewer tokens than this is not worth keeping. */
    private static final int SHORTEST_BRANCH = 16;

    /** How many tokens are copied in the time in which one is fed, by measurements of 12 to 45. */
    private static final int COPIED_FOR_ONE_FED = 16;

    private final int most;
    private final long mostBytes;
    private final long nanosToLive;
    private final LongSupplier nanoTime;
    private final Sweeper sweeper;
    private final ReentrantLock lock = new ReentrantLock();

    /** The oldest first. */
    private final List<Entry> entries = new ArrayList<>();

    private long bytes;
    private boolean closed;

    /** What is kept. All but the first three is guarded by the lock. */
    private static final class Entry {
        private final String tenant;
        private final KeyValueCache cache;
        private final @Nullable Prefill prefill;
        private final long bytes;
        private long usedAt;
        private int copying;
        private boolean dropped;

        Entry(String tenant, KeyValueCache cache, @Nullable Prefill prefill) {
            this.tenant = tenant;
            this.cache = cache;
            this.prefill = prefill;
            this.bytes = cache.bytes() + (prefill == null ? 0 : prefill.bytes());
        }
    }

    /**
     * A cache that is the taker's.
     *
     * @param cache of the prompt's first tokens, one or more; of all of them only with the prefill
     * @param prefill of this very prompt; null if there is none that will do
     */
    record Taken(KeyValueCache cache, @Nullable Prefill prefill) {}

    PrefillStore(int most, long mostBytes, long nanosToLive, LongSupplier nanoTime, Sweeper.Timer timer) {
        this.most = most;
        this.mostBytes = mostBytes;
        this.nanosToLive = nanosToLive;
        this.nanoTime = nanoTime;
        this.sweeper = new Sweeper(timer, this);
    }

    /** One that keeps nothing. */
    static PrefillStore none() {
        return new PrefillStore(0, 0, 0, System::nanoTime, (nanos, task) -> {});
    }

    /** Whether anything is kept at all. */
    boolean isOn() {
        return most > 0;
    }

    /** A tenant's prefill of this very prompt, which stays; null if there is none that will do. */
    @Nullable
    Prefill find(String tenant, int[] prompt, Predicate<Prefill> willDo) {
        List<Entry> freed = new ArrayList<>();
        lock.lock();
        try {
            dropOld(freed);
            for (Entry entry : entries) {
                if (entry.tenant.equals(tenant) && isOf(entry, prompt, willDo)) {
                    entries.remove(entry);
                    entries.add(entry);
                    entry.usedAt = nanoTime.getAsLong();
                    return entry.prefill;
                }
            }
            return null;
        } finally {
            lock.unlock();
            free(freed);
        }
    }

    /**
     * Takes the tenant's cache that has most in common with a prompt, or a copy of that much of it.
     *
     * @param room for how many tokens behind the prompt a copy is made
     * @param willDo which prefill of this very prompt is of use
     * @return what can be gone on from; null if nothing is in common
     */
    @Nullable
    Taken take(String tenant, int[] prompt, int room, Predicate<Prefill> willDo) throws OrtException {
        List<Entry> freed = new ArrayList<>();
        Entry best;
        boolean whole;
        int common;
        boolean moves;
        lock.lock();
        try {
            dropOld(freed);
            best = longest(tenant, prompt, willDo);
            if (best == null) {
                return null;
            }
            whole = isOf(best, prompt, willDo);
            common = common(best, prompt, whole);
            moves = best.copying == 0 && !isWorthKeeping(best.cache.length() - common, common);
            if (moves) {
                remove(best);
            } else {
                best.copying++;
            }
        } finally {
            lock.unlock();
            free(freed);
        }
        if (moves) {
            best.cache.cutTo(common);
            return new Taken(best.cache, whole ? best.prefill : null);
        }
        try {
            return new Taken(best.cache.copyOf(common, prompt.length + room), whole ? best.prefill : null);
        } finally {
            endCopying(best);
        }
    }

    private @Nullable Entry longest(String tenant, int[] prompt, Predicate<Prefill> willDo) {
        Entry best = null;
        int longest = 0;
        for (Entry entry : entries) {
            if (entry.tenant.equals(tenant)) {
                int common = common(entry, prompt, isOf(entry, prompt, willDo));
                // Of equals the one that loses least.
                if (common > longest
                        || (best != null && common == longest && entry.cache.length() < best.cache.length())) {
                    best = entry;
                    longest = common;
                }
            }
        }
        return best;
    }

    private static boolean isOf(Entry entry, int[] prompt, Predicate<Prefill> willDo) {
        return entry.prefill != null
                && entry.prefill.isOf(prompt)
                && entry.cache.length() >= prompt.length
                && willDo.test(entry.prefill);
    }

    /** Without a prefill the last token has to be fed, since what is predicted behind it is not known. */
    private static int common(Entry entry, int[] prompt, boolean whole) {
        return whole ? prompt.length : Math.min(entry.cache.commonWith(prompt), prompt.length - 1);
    }

    private static boolean isWorthKeeping(int branch, int common) {
        return branch >= SHORTEST_BRANCH && branch >= common / COPIED_FOR_ONE_FED;
    }

    private void endCopying(Entry entry) {
        boolean last;
        lock.lock();
        try {
            entry.copying--;
            last = entry.dropped && entry.copying == 0;
        } finally {
            lock.unlock();
        }
        if (last) {
            entry.cache.close();
        }
    }

    /**
     * Keeps a cache, or closes it if there is no room for it or its memory is broken. What it holds more of makes room for it.
     *
     * @param prefill of a prompt that the cache begins with; null if there is none
     */
    void put(String tenant, KeyValueCache cache, @Nullable Prefill prefill) {
        Entry entry = new Entry(tenant, cache, prefill);
        List<Entry> freed = new ArrayList<>();
        lock.lock();
        try {
            dropOld(freed);
            boolean isOfUse = cache.length() > 0 && cache.allocation().isWhole();
            if (closed || most == 0 || entry.bytes > mostBytes || !isOfUse) {
                freed.add(entry);
            } else {
                for (Entry other : List.copyOf(entries)) {
                    if (other.tenant.equals(tenant) && cache.covers(other.cache)) {
                        drop(other, freed);
                    }
                }
                entry.usedAt = nanoTime.getAsLong();
                entries.add(entry);
                bytes += entry.bytes;
                while (entries.size() > most || bytes > mostBytes) {
                    drop(oldestOfLargestTenant(), freed);
                }
            }
        } finally {
            lock.unlock();
        }
        free(freed);
        sweeper.expect(nanosToLive);
    }

    /** So that a tenant who says much cannot make the others' conversations slow. */
    private Entry oldestOfLargestTenant() {
        Map<String, Long> sums = new HashMap<>();
        entries.forEach(entry -> sums.merge(entry.tenant, entry.bytes, Long::sum));
        Entry oldest = entries.get(0);
        for (Entry entry : entries) {
            if (sums.getOrDefault(entry.tenant, 0L) > sums.getOrDefault(oldest.tenant, 0L)) {
                oldest = entry;
            }
        }
        return oldest;
    }

    int size() {
        sweep();
        lock.lock();
        try {
            return entries.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long sweep() {
        List<Entry> freed = new ArrayList<>();
        long next = -1;
        lock.lock();
        try {
            dropOld(freed);
            if (!entries.isEmpty()) {
                next = Math.max(0, nanosToLive - (nanoTime.getAsLong() - entries.get(0).usedAt));
            }
        } finally {
            lock.unlock();
        }
        free(freed);
        return next;
    }

    private void dropOld(List<Entry> freed) {
        long now = nanoTime.getAsLong();
        while (!entries.isEmpty() && now - entries.get(0).usedAt >= nanosToLive) {
            drop(entries.get(0), freed);
        }
    }

    /** What is being copied is freed by the last who does. */
    private void drop(Entry entry, List<Entry> freed) {
        remove(entry);
        entry.dropped = true;
        if (entry.copying == 0) {
            freed.add(entry);
        }
    }

    private void remove(Entry entry) {
        entries.remove(entry);
        bytes -= entry.bytes;
    }

    /** Without the lock, for which other tenants may wait. */
    private static void free(List<Entry> freed) {
        freed.forEach(entry -> entry.cache.close());
    }

    @Override
    public void close() {
        List<Entry> freed = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            while (!entries.isEmpty()) {
                drop(entries.get(0), freed);
            }
        } finally {
            lock.unlock();
        }
        free(freed);
    }
}
