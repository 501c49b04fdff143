package io.github.tandem4j.router.certificates;

import io.github.tandem4j.router.calibration.ConfidenceSequence;
import io.github.tandem4j.router.calibration.Interval;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * How wrong the kept answers are, from those that were audited. Judgements are taken in in the order in which the answers were
 * chosen, however late they come: else those that are judged soonest, which are seldom like the others, would speak for all.
 * Used under its owner's lock.
 */
final class LocalError {

    /** So many answers wait for their judgement at most; of more the oldest is taken for missing. */
    private static final int MOST_WAITING = 100_000;

    private static final double OPEN = -1;
    private static final double MISSING = -2;

    /** A chosen answer, with how many were kept before it. */
    private static final class Chosen {

        private final long number;
        private final long keptBefore;
        private double loss = OPEN;

        private Chosen(long number, long keptBefore) {
            this.number = number;
            this.keptBefore = keptBefore;
        }
    }

    private final double share;
    private final double delta;
    private final ConfidenceSequence least;
    private final ConfidenceSequence most;
    private final ArrayDeque<Chosen> waiting = new ArrayDeque<>();
    private final Map<Long, Chosen> open = new HashMap<>();
    private long kept;
    private long judged;
    private long missing;
    private double losses;

    LocalError(double share, double delta) {
        this.share = share;
        this.delta = delta;
        least = new ConfidenceSequence(delta);
        most = new ConfidenceSequence(delta);
    }

    void passed() {
        kept++;
    }

    void chosen(long number) {
        if (waiting.size() == MOST_WAITING) {
            settle(waiting.getFirst().number, MISSING);
        }
        Chosen answer = new Chosen(number, kept++);
        waiting.add(answer);
        open.put(number, answer);
    }

    boolean judged(long number, double loss) {
        return settle(number, loss);
    }

    boolean missing(long number) {
        return settle(number, MISSING);
    }

    private boolean settle(long number, double loss) {
        Chosen answer = open.remove(number);
        if (answer == null) {
            return false;
        }
        answer.loss = loss;
        while (!waiting.isEmpty() && waiting.getFirst().loss != OPEN) {
            take(waiting.removeFirst().loss);
        }
        return true;
    }

    private void take(double loss) {
        boolean known = loss != MISSING;
        judged += known ? 1 : 0;
        missing += known ? 0 : 1;
        losses += known ? loss : 1;
        least.see(known ? loss : 0);
        most.see(known ? loss : 1);
    }

    Audit.Estimate estimate() {
        long counted = waiting.isEmpty() ? kept : waiting.getFirst().keptBefore;
        Interval low = least.interval();
        Interval high = most.interval();
        return new Audit.Estimate(
                kept,
                counted,
                judged,
                missing,
                waiting.size(),
                counted == 0 ? Double.NaN : losses / share / counted,
                low.low(),
                high.high(),
                1 - delta);
    }
}
