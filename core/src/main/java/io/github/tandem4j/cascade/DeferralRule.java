package io.github.tandem4j.cascade;

import io.github.tandem4j.ModelEndpoint;
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

    /**
     * Says what becomes of an answer that is empty, cut or malformed, which a cascade defers without asking {@link #judge}.
     * What it says by default is that deferral; a rule that counts deferrals, or stands around others, has its say here.
     *
     * @param verdict the cascade's deferral, or what a rule before this one has made of it
     */
    default Verdict judgeMalformed(Request request, Reply reply, Verdict verdict) {
        return verdict;
    }

    /**
     * {@return what judges an answer to this request while it is made; {@link RunningJudge#PATIENT}, unless the rule
     * says otherwise, if only the whole answer can be judged}
     */
    default RunningJudge whileAnswering(Request request) {
        return RunningJudge.PATIENT;
    }

    /**
     * {@return what is to be read of the stage's model for this rule; nothing unless the rule says otherwise} The same each
     * time; asked for before each answer.
     */
    default ReadingWishes wishes() {
        return ReadingWishes.NONE;
    }

    /**
     * Told of the stage whose answers it judges once, when a cascade is built, so that a rule that was made for another
     * one is found out before the first request. Does nothing by default; a rule that asks others tells them.
     *
     * @param cascade the id of the cascade
     * @param stage whose answers it judges
     * @throws IllegalArgumentException if the rule was not made for this stage
     */
    default void requireStage(String cascade, ModelEndpoint stage) {}

    /**
     * {@return a rule that keeps what both keep; the verdict is that of the first to defer, else of this one. An answer
     * in the making is kept once both have kept it, and deferred once either has deferred it}
     */
    default DeferralRule and(DeferralRule other) {
        return new BothRules(this, other);
    }

    /**
     * {@return a rule that defers what shows one of these signs, and else judges as this one does. An answer in the
     * making is kept once none of the signs can show any more: one that is {@link TextSignal#TRUNCATED} shows only at
     * its end, so with that sign none is kept early}
     */
    default DeferralRule unless(TextSignal... signals) {
        return new UnlessSignalled(this, signals);
    }
}
