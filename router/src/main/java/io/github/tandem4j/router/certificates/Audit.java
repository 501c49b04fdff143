package io.github.tandem4j.router.certificates;

import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
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
 * // whoever looks at one says what was found, when it was found:
 * audited.judge(1);
 * audit.estimate();                         // wrong: 0.061, with 95 % from 0.04 to 0.09
 * }</pre>
 *
 * <p>The receiver is called on another thread, never on the call's, and what it throws is logged; at most 256 wait or are
 * being received at a time, and what comes beyond that is {@linkplain #lost lost}, whatever its answer: see {@link
 * AuditedAnswer#cannotBeJudged}. What it is given holds the prompt and
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
    private final LocalError error;
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicLong chosen = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();

    private Audit(Builder builder, Consumer<AuditedAnswer> receiver) {
        share = builder.share;
        this.receiver = Objects.requireNonNull(receiver, "receiver");
        executor = builder.executor;
        random = new SplittableRandom(builder.seed);
        error = new LocalError(share, 1 - builder.confidence);
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

    /**
     * How wrong the kept answers are, by what was found in the audited ones.
     *
     * <p>The error is the inverse-propensity estimate of the mean loss of all kept answers (Horvitz and Thompson, JASA 47,
     * 1952): the losses of the audited, each over the probability of being chosen, over the number of kept ones. Over the
     * draws of the audit it is unbiased for whatever answers were kept; being a ratio of counts it may pass 1. The interval is
     * a {@linkplain io.github.tandem4j.router.calibration.ConfidenceSequence confidence sequence} over the losses of the
     * audited, so it may be looked at after each of them; it supposes that the expected loss stays the same. Judgements count
     * in the order in which the answers were chosen, up to the first that is still waited for.
     *
     * @param kept how many answers were kept, under this audit, since it began
     * @param counted how many of these are spoken for: those before the first that waits for its judgement
     * @param judged how many audited ones among them were judged
     * @param missing how many audited ones among them nobody could judge; they count as wrong in the error and the upper end,
     *     and as right in the lower end
     * @param waiting how many audited ones are not spoken for yet
     * @param error the estimated mean loss, zero or more; NaN before the first
     * @param low the lower end of the interval, 0..1
     * @param high the upper end, 0..1
     * @param confidence with which the interval holds at all times at once
     */
    public record Estimate(
            long kept,
            long counted,
            long judged,
            long missing,
            long waiting,
            double error,
            double low,
            double high,
            double confidence) {

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%.4f [%.4f, %.4f] of %d kept answers are wrong, by %d that were judged and %d that could not be",
                    error,
                    low,
                    high,
                    counted,
                    judged,
                    missing);
        }
    }

    /** {@return how wrong the kept answers are} */
    public Estimate estimate() {
        lock.lock();
        try {
            return error.estimate();
        } finally {
            lock.unlock();
        }
    }

    boolean judged(long number, double loss) {
        if (!(loss >= 0 && loss <= 1)) {
            throw new IllegalArgumentException("loss of answer " + number + " is " + loss + "; valid is 0..1");
        }
        lock.lock();
        try {
            return error.judged(number, loss);
        } finally {
            lock.unlock();
        }
    }

    boolean missing(long number) {
        lock.lock();
        try {
            return error.missing(number);
        } finally {
            lock.unlock();
        }
    }

    /** {@return whether the answer was chosen} */
    boolean offer(Request request, Reply reply) {
        long number = draw();
        if (number == 0) {
            return false;
        }
        AuditedAnswer answer = new AuditedAnswer(this, number, request, reply);
        if (underWay.incrementAndGet() > MOST_UNDER_WAY) {
            underWay.decrementAndGet();
            lose(answer, "too many are under way");
            return true;
        }
        try {
            executor.execute(() -> deliver(answer));
        } catch (RuntimeException e) { // rejected, mostly
            underWay.decrementAndGet();
            lose(answer, "the executor took it not");
        }
        return true;
    }

    private void deliver(AuditedAnswer answer) {
        boolean delivered = false;
        try {
            receiver.accept(answer);
            delivered = true;
        } catch (RuntimeException e) {
            LOG.warn("the receiver of {} threw", answer, e);
        } finally {
            underWay.decrementAndGet();
            if (!delivered) { // also after an Error, or the estimate would wait for this answer
                lost.incrementAndGet();
                missing(answer.number());
            }
        }
    }

    private void lose(AuditedAnswer answer, String why) {
        lost.incrementAndGet();
        missing(answer.number());
        LOG.warn("{} is lost: {}", answer, why);
    }

    /** {@return the number of the chosen answer; 0 if it was not chosen} */
    private long draw() {
        lock.lock();
        try {
            if (random.nextDouble() >= share) {
                error.passed();
                return 0;
            }
            long number = chosen.incrementAndGet();
            error.chosen(number);
            return number;
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
     *   <li>confidence of the estimate: 0.95
     * </ul>
     */
    public static final class Builder {

        private final double share;
        private long seed = System.nanoTime();
        private double confidence = 0.95;
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

        /** Estimates with this confidence, between 0 and 1, both excluded. */
        public Builder withConfidence(double level) {
            if (!(level > 0 && level < 1)) {
                throw new IllegalArgumentException(
                        "confidence is " + level + "; valid is between 0 and 1, both excluded");
            }
            confidence = level;
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
