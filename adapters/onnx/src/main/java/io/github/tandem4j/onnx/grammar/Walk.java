package io.github.tandem4j.onnx.grammar;

import io.github.tandem4j.RejectedRequestException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One caller's way along an automaton: how many steps each question may still take, and whether the caller still wants an
 * answer, which is asked every so often. What ends a walk leaves behind all that was found out, and nothing half done. Used
 * by one thread.
 */
final class Walk {
    /**
     * Seconds to most of a minute, by how much of it is new. A mask of 256,000 tokens takes one million where few places of
     * a text are alike, and eight where eighty are.
     */
    private static final long MOST_STEPS = 50_000_000;

    private static final long WATCHED_STEPS = 1024;
    private static final long WATCHED_MILLIS = 20;

    private final Runnable watch;
    private final long most;
    private long left;
    private long untilWatched = WATCHED_STEPS;

    /** @param watch throws if the call is over */
    Walk(Runnable watch) {
        this(watch, MOST_STEPS);
    }

    /** @param most steps of one question */
    Walk(Runnable watch, long most) {
        this.watch = watch;
        this.most = most;
        this.left = most;
    }

    /** A walk of nobody who might go away. */
    static Walk unwatched() {
        return new Walk(() -> {});
    }

    /** Begins another question. */
    void begin() {
        left = most;
    }

    /**
     * Counts steps that are about to be made.
     *
     * @throws RejectedRequestException if they are too many
     */
    void steps(long count) {
        left -= count;
        untilWatched -= count;
        if (untilWatched <= 0) {
            untilWatched = WATCHED_STEPS;
            watch.run();
        }
        if (left < 0) {
            throw new RejectedRequestException("the constraint is too ambiguous: what may come next takes more than "
                    + most + " steps to find; valid: one with fewer alternatives that begin alike");
        }
    }

    /** Waits for a lock that another caller's walk may hold for long, but no longer than the call lasts. */
    void enter(ReentrantLock lock) {
        if (lock.tryLock()) {
            return;
        }
        try {
            while (!lock.tryLock(WATCHED_MILLIS, TimeUnit.MILLISECONDS)) {
                watch.run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            watch.run();
            lock.lock();
        }
    }
}
