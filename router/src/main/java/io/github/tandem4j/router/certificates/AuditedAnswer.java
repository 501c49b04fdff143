package io.github.tandem4j.router.certificates;

import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;

/**
 * A kept answer that was chosen to be looked at. Whoever has looked at it {@linkplain #judge says} how wrong it was, or that
 * {@linkplain #cannotBeJudged nobody can say}. Thread-safe.
 */
public final class AuditedAnswer {

    private final Audit audit;
    private final long number;
    private final Request request;
    private final Reply reply;

    AuditedAnswer(Audit audit, long number, Request request, Reply reply) {
        this.audit = audit;
        this.number = number;
        this.request = request;
        this.reply = reply;
    }

    /** {@return 1 for the first that the audit chose, and so on} */
    public long number() {
        return number;
    }

    /** {@return what was asked, as the rule saw it} */
    public Request request() {
        return request;
    }

    /** {@return what the model answered} */
    public Reply reply() {
        return reply;
    }

    /** {@return with which probability it was chosen, above 0 and at most 1} */
    public double probability() {
        return audit.share();
    }

    /**
     * Says how wrong it was, for the {@linkplain Audit#estimate estimate}. Late or out of order does not matter; what was said
     * first counts.
     *
     * @param loss 0..1; 1 for an answer that is wrong
     * @return whether it counts
     */
    public boolean judge(double loss) {
        return audit.judged(number, loss);
    }

    /** Says that nobody will judge it. It then counts as wrong in the estimate and its upper end, and as right in the lower. */
    public boolean cannotBeJudged() {
        return audit.missing(number);
    }

    /** {@return the number and the probability, without the texts} */
    @Override
    public String toString() {
        return "answer " + number + " of the audit, chosen with probability " + probability();
    }
}
