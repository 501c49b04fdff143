package io.github.tandem4j.onnx;

/**
 * Says whether drafting pays: whether a run of a draft gives more tokens than as many runs of one token would in the
 * same time. Where it does not, it is tried again after a while, and ever more seldom. Not thread-safe.
 */
final class DraftPace {
    private static final double NEWEST = 0.25;
    private static final int FIRST_PAUSE = 8;
    private static final int LONGEST_PAUSE = 256;

    private double singleNanos;
    private double draftNanos;
    private double given = Double.NaN;
    private int pause = FIRST_PAUSE;
    private int wait;

    /** Whether the next token may come with a draft. */
    boolean allows() {
        return wait == 0;
    }

    /** Tells how long a run of one token took. */
    void single(long nanos) {
        singleNanos = singleNanos == 0 ? nanos : (1 - NEWEST) * singleNanos + NEWEST * nanos;
        wait = Math.max(0, wait - 1);
    }

    /** Tells how long a run of a draft took, and how many tokens it gave. */
    void draft(long nanos, int tokens) {
        draftNanos = draftNanos == 0 ? nanos : (1 - NEWEST) * draftNanos + NEWEST * nanos;
        given = Double.isNaN(given) ? tokens : (1 - NEWEST) * given + NEWEST * tokens;
        if (singleNanos == 0 || given * singleNanos >= draftNanos) {
            pause = FIRST_PAUSE;
        } else {
            wait = pause;
            pause = Math.min(LONGEST_PAUSE, 2 * pause);
            given = Double.NaN; // the next try is judged by itself
        }
    }
}
