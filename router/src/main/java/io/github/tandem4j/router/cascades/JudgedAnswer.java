package io.github.tandem4j.router.cascades;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.ReadingWishes;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * An answer whose quality is known: what an {@link AnswerQuality} is trained on.
 *
 * @param request the question; its {@link io.github.tandem4j.cascade.EarlierAnswers} count, if it carries any
 * @param reply the answer, with its evidence
 * @param score its quality, 0..1
 */
public record JudgedAnswer(Request request, Reply reply, double score) {

    /** Refuses a score outside 0..1 with an {@link IllegalArgumentException}. */
    public JudgedAnswer {
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(reply, "reply");
        if (!(score >= 0 && score <= 1)) {
            throw new IllegalArgumentException("score is " + score + "; valid is 0..1");
        }
    }

    /**
     * Asks an endpoint, and has its model's hidden states read with the answer.
     *
     * @param wishes what is read: the same that the estimate is trained to {@linkplain AnswerQualityTraining#reading read}
     * @param grader the quality of the answer, 0..1
     * @return the answer, judged
     */
    public static JudgedAnswer asking(
            ModelEndpoint endpoint, Request request, ReadingWishes wishes, ToDoubleFunction<Reply> grader) {
        Request read = wishes.read(endpoint, request);
        Reply reply = endpoint.answer(wishes.told(request));
        return new JudgedAnswer(read, reply, grader.applyAsDouble(reply));
    }
}
