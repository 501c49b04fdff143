package io.github.tandem4j.resilience;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds how much load retries add when everything fails: a bucket of tokens, as gRPC's retry throttling (proposal A6)
 * and Finagle's {@code RetryBudget} have it. Each call puts a share of a token in, each retry takes one out. The bucket
 * starts full and holds {@value #FLOOR}: so n calls have {@code FLOOR + n * share} retries at most. Lock-free.
 */
final class RetryBudget {

    static final int FLOOR = 10;

    private static final long TOKEN = 1_000_000;
    private static final long FULL = FLOOR * TOKEN;

    private final long share;
    private final AtomicLong level = new AtomicLong(FULL);

    /** A budget of so many retries a call, 0 to 1. */
    RetryBudget(double share) {
        this.share = (long) (share * TOKEN);
    }

    void countCall() {
        level.updateAndGet(tokens -> Math.min(FULL, tokens + share));
    }

    /** {@return whether there was a token to take} */
    boolean tryRetry() {
        return level.getAndUpdate(tokens -> tokens >= TOKEN ? tokens - TOKEN : tokens) >= TOKEN;
    }

    @Override
    public String toString() {
        return FLOOR + " and " + (double) share / TOKEN + " a call";
    }
}
