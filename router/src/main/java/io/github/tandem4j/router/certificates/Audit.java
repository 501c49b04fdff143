package io.github.tandem4j.router.certificates;

import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a share of the kept answers to somebody who looks at them: each one with the same known probability, decided by
 * chance alone, so that what is found there is an unbiased estimate for all of them.
 *
 * <pre>{@code
 * Audit audit = Audit.share(0.05).seed(17).to(queue::offer);
 * Cascade.startingWith(small).acceptUnder(certificate.watchedBy(monitor).auditedBy(audit)).deferTo(large).build();
 * }</pre>
 *
 * <p>The receiver is called on another thread, never on the call's, and what it throws is logged; at most 256 wait or are
 * being received at a time, and what comes beyond that is {@linkplain #lost lost}, whatever its answer. What it is given holds the prompt and
 * the answer: mind where it puts them.
 *
 * <p>Thread-safe.
 */
public final class Audit {

    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
    private static final int MOST_UNDER_WAY = 256;

    private final double share;
    private final Consumer<AuditedAnswer> receiver;
    private final Executor executor;
    private final SplittableRandom random;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicLong chosen = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();

    private Audit(Builder builder, Consumer<AuditedAnswer> receiver) {
        share = builder.share;
        this.receiver = Objects.requireNonNull(receiver, "receiver");
        executor = builder.executor;
        random = new SplittableRandom(builder.seed);
    }

    /** Starts an audit of this share of the kept answers, above 0 and at most 1. */
    public static Builder share(double share) {
        return new Builder(share);
    }

    /** {@return the probability with which each answer is chosen} */
    public double share() {
        return share;
    }

    /** {@return how many answers were chosen, the lost ones included} */
    public long chosen() {
        return chosen.get();
    }

    /** {@return how many chosen answers did not reach the receiver, or made it throw} */
    public long lost() {
        return lost.get();
    }

    /** {@return whether the answer was chosen} */
    boolean offer(Request request, Reply reply) {
        if (!draw()) {
            return false;
        }
        AuditedAnswer answer = new AuditedAnswer(chosen.incrementAndGet(), request, reply, share);
        if (underWay.incrementAndGet() > MOST_UNDER_WAY) {
            underWay.decrementAndGet();
            lose(answer, "too many are under way");
            return true;
        }
        try {
            executor.execute(() -> deliver(answer));
        } catch (RejectedExecutionException e) {
            underWay.decrementAndGet();
            lose(answer, "the executor took it not");
        }
        return true;
    }

    private void deliver(AuditedAnswer answer) {
        try {
            receiver.accept(answer);
        } catch (RuntimeException e) {
            lost.incrementAndGet();
            LOG.warn("the receiver of {} threw", answer, e);
        } finally {
            underWay.decrementAndGet();
        }
    }

    private void lose(AuditedAnswer answer, String why) {
        lost.incrementAndGet();
        LOG.warn("{} is lost: {}", answer, why);
    }

    private boolean draw() {
        lock.lock();
        try {
            return random.nextDouble() < share;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return "audit of a share of " + share + ", " + chosen + " chosen, " + lost + " lost";
    }

    /**
     * Builds an audit.
     *
     * <ul>
     *   <li>seed: another one each time
     *   <li>executor: the common pool
     * </ul>
     */
    public static final class Builder {

        private final double share;
        private long seed = System.nanoTime();
        private Executor executor = ForkJoinPool.commonPool();

        private Builder(double share) {
            if (!(share > 0 && share <= 1)) {
                throw new IllegalArgumentException(
                        "share of audited answers is " + share + "; valid is above 0 and at most 1");
            }
            this.share = share;
        }

        /** Chooses by this seed, so that the same calls in the same order are chosen again. */
        public Builder seed(long number) {
            seed = number;
            return this;
        }

        /** Calls the receiver on this. */
        public Builder executor(Executor runner) {
            executor = Objects.requireNonNull(runner, "executor");
            return this;
        }

        /** {@return an audit that gives what it chooses to this receiver, such as the {@code offer} of a queue} */
        public Audit to(Consumer<AuditedAnswer> receiver) {
            return new Audit(this, receiver);
        }
    }
}
