package io.github.tandem4j.router.certificates;

import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;

/**
 * A kept answer that was chosen to be looked at.
 *
 * @param number 1 for the first that the audit chose, and so on
 * @param request what was asked, as the rule saw it
 * @param reply what the model answered
 * @param probability with which it was chosen, above 0 and at most 1
 */
public record AuditedAnswer(long number, Request request, Reply reply, double probability) {

    /** {@return the number and the probability, without the texts} */
    @Override
    public String toString() {
        return "answer " + number + " of the audit, chosen with probability " + probability;
    }
}
