package io.github.tandem4j.fusion;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.Reply;
import java.util.OptionalDouble;

/**
 * The samples of one call so far: whose answer leads, by how much, and whether further ones could matter. Belongs to one
 * call; not thread-safe.
 */
final class Draws {

    private final int planned;
    private final OptionalDouble agreement;
    private final boolean failuresDissent;
    private final Tally tally;
    private int answered;
    private int failed;
    private int missed;

    /**
     * Nothing drawn yet.
     *
     * @param agreement the share that decides; empty for more than half
     * @param failuresDissent whether a sample that failed or had no time is a voice that agrees with nobody; else it is
     *     none
     */
    Draws(int planned, OptionalDouble agreement, boolean failuresDissent, Tally tally) {
        this.planned = planned;
        this.agreement = agreement;
        this.failuresDissent = failuresDissent;
        this.tally = tally;
    }

    void answered(Reply reply) {
        tally.add(reply);
        answered++;
    }

    void failed(int samples) {
        failed += samples;
    }

    /** Those that are left will not be drawn: there is no time. */
    void outOfTime() {
        missed = left();
    }

    int drawn() {
        return answered + failed;
    }

    int left() {
        return planned - drawn() - missed;
    }

    boolean hasAnswer() {
        return answered > 0;
    }

    Reply leader() {
        return tally.leader();
    }

    /** {@return whether the samples that are left could change nothing that matters} */
    boolean isOver() {
        return left() == 0 || couldBeOverAfter(0);
    }

    /** {@return how many samples are needed at least until it is over: so many may be asked at once for nothing} */
    int neededAtLeast() {
        int more = 1;
        while (more < left() && !couldBeOverAfter(more)) {
            more++;
        }
        return more;
    }

    /** Either all that many agree with the leader, or none does. */
    private boolean couldBeOverAfter(int more) {
        int open = left() - more;
        boolean agreed = decides(tally.agreeing() + more) && tally.isSettled(more, open);
        // As long as nothing but failures came, the next sample may still be an answer, if not one to be sure of.
        boolean outOfReach = agreement.isPresent() && answered + more > 0 && !decides(tally.agreeing() + open);
        return agreed || outOfReach;
    }

    private boolean decides(int votes) {
        return agreement.isPresent() ? share(votes) >= agreement.getAsDouble() : 2 * votes > voices();
    }

    private int voices() {
        return failuresDissent ? planned : planned - failed - missed;
    }

    private double share(int votes) {
        return (double) votes / voices();
    }

    /** {@return what of all planned samples is known to agree: those not drawn count as if they did not} */
    Confidence confidence() {
        return Confidence.rawScore(share(tally.agreeing()), "share of samples that agree");
    }

    /** {@return for example {@code 3 agree, 1 cut, 1 failed}} */
    @Override
    public String toString() {
        return tally.agreeing() + " agree" + tally.voteless()
                + (failed == 0 ? "" : ", " + failed + " failed")
                + (missed == 0 ? "" : ", no time for " + missed);
    }
}
