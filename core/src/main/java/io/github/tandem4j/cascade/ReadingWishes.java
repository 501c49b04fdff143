package io.github.tandem4j.cascade;

import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.Request;
import java.util.Objects;
import java.util.Optional;

/**
 * What a rule wishes to have read of the model whose answers it judges. A cascade asks for it; an endpoint that has no
 * hidden states gives none, and one that has others than those that are wished for refuses by name. Immutable.
 *
 * @param answer of the model while it answers: the reply carries it as {@link EvidenceKey#ANSWER_READING}, at no further
 *     pass over the text
 * @param prompt of the model before it answers: the request that the rule is given carries it as {@link
 *     EvidenceKey#PROMPT_READING}; an endpoint that keeps the prefill begins its answer with it
 */
public record ReadingWishes(ReadingWish answer, ReadingWish prompt) {

    /** Nothing. */
    public static final ReadingWishes NONE = new ReadingWishes(ReadingWish.none(), ReadingWish.none());

    /** Refuses nulls. */
    public ReadingWishes {
        Objects.requireNonNull(answer, "answer");
        Objects.requireNonNull(prompt, "prompt");
    }

    /** {@return what either wishes for} */
    public ReadingWishes and(ReadingWishes other) {
        return equals(NONE)
                ? other
                : other.equals(NONE)
                        ? this
                        : new ReadingWishes(union(answer, other.answer), union(prompt, other.prompt));
    }

    /**
     * {@return the request as it tells an endpoint to have its reply carry what is wished for, beside what the request
     * wished for already}
     */
    public Request told(Request request) {
        return answer.equals(ReadingWish.none())
                ? request
                : request.evidence(
                        EvidenceKey.ANSWER_READING_WISH, wished(EvidenceKey.ANSWER_READING_WISH, request, answer));
    }

    /** {@return the request as a rule is given it: with this endpoint's reading of the prompt, if that is wished for and there is one} */
    public Request read(ModelEndpoint endpoint, Request request) {
        if (prompt.equals(ReadingWish.none())) {
            return request;
        }
        Optional<PromptReading> reading = endpoint.evidence(
                EvidenceKey.PROMPT_READING,
                request.evidence(
                        EvidenceKey.PROMPT_READING_WISH, wished(EvidenceKey.PROMPT_READING_WISH, request, prompt)));
        return reading.map(read -> request.evidence(EvidenceKey.PROMPT_READING, read))
                .orElse(request);
    }

    private static ReadingWish wished(EvidenceKey<ReadingWish> key, Request request, ReadingWish wish) {
        return request.evidence().get(key).map(told -> union(told, wish)).orElse(wish);
    }

    private static ReadingWish union(ReadingWish one, ReadingWish other) {
        return one.states(other.states().toArray(String[]::new))
                .nextTokens(other.nextTokens().toArray(String[]::new));
    }
}
