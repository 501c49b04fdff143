package io.github.tandem4j.cascade;

import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;

/**
 * Decides, once an answer exists, whether it is kept or the next stage is asked. A lambda is a rule:
 *
 * <pre>{@code
 * (request, reply) -> reply.text().length() < 200 ? Verdict.keep("short") : Verdict.defer("long")
 * }</pre>
 *
 * <p>Called by many threads at once.
 */
@FunctionalInterface
public interface DeferralRule {

    /** Judges an answer; never returns null. */
    Verdict judge(Request request, Reply reply);

    /** {@return a rule that keeps what both keep; the verdict is that of the first to defer, else of this one} */
    default DeferralRule and(DeferralRule other) {
        return (request, reply) -> {
            Verdict first = judge(request, reply);
            if (!first.keeps()) {
                return first;
            }
            Verdict second = other.judge(request, reply);
            return second.keeps() ? new Verdict(true, first.why() + ", " + second.why(), first.confidence()) : second;
        };
    }

    /** {@return a rule that defers what shows one of these signs, and else judges as this one does} */
    default DeferralRule unless(TextSignal... signals) {
        TextSignal[] copy = signals.clone();
        return (request, reply) -> {
            for (TextSignal signal : copy) {
                if (signal.isIn(request, reply)) {
                    return Verdict.defer("answer is " + signal.description());
                }
            }
            return judge(request, reply);
        };
    }
}
