package io.github.tandem4j.cascade;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.List;

/**
 * Decides for a whole cascade: with which stage to begin, and after each answer whether to keep it, to go on, or to skip to
 * a later stage. One object weighs all stages together, where rules of single stages each see their own.
 *
 * <pre>{@code
 * Cascade.of(small, medium, large).decidedBy(policy).build()
 * }</pre>
 *
 * <p>Called by many threads at once.
 */
public interface StagePolicy {

    /**
     * {@return with which stage to begin, before any answer exists: a {@linkplain Verdict#deferTo deferral to it}, or a
     * {@linkplain Verdict#defer deferral} to the first; never null, never to keep}
     */
    Verdict begin(Request request);

    /**
     * Judges an answer; that of the last stage is never judged.
     *
     * @param request the question, with the {@link EarlierAnswers}
     * @param stage the id of the stage that answered
     * @param reply its answer
     * @return whether it is kept, and if not which of the later stages is asked; never null
     */
    Verdict judge(Request request, String stage, Reply reply);

    /**
     * {@return what is to be read of this stage's model for the policy; nothing unless the policy says otherwise}
     *
     * @param stage the id of a stage before the last one
     */
    default ReadingWishes wishes(String stage) {
        return ReadingWishes.NONE;
    }

    /**
     * Told of the stages once, when a cascade is built, so that a policy that was made for others is found out before the
     * first request. Does nothing by default.
     *
     * @param cascade the id of the cascade
     * @param stages all that it decides for, in their order
     * @throws IllegalArgumentException if the policy was not made for these stages
     */
    default void requireStages(String cascade, List<ModelEndpoint> stages) {}
}
