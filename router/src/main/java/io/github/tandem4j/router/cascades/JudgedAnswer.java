package io.github.tandem4j.router.cascades;

import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.Objects;

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
}
