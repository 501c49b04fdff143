package io.github.tandem4j;

import java.util.Objects;

/**
 * Names a kind of evidence and its type. Whoever decides asks for evidence by its key; whoever has it gives it under the
 * same key. Keys are compared by identity, so that a plug-in's own key collides with nobody's.
 *
 * @param <T> the type of the evidence
 */
public final class EvidenceKey<T> {

    /** The scores of a completion's tokens; endpoints that have them give them with every reply. */
    public static final EvidenceKey<TokenScores> TOKEN_SCORES = of("token scores", TokenScores.class);

    /** The likeliest tokens at each step of a completion; endpoints that are set up to keep them give them with every reply. */
    public static final EvidenceKey<TokenAlternatives> TOKEN_ALTERNATIVES =
            of("token alternatives", TokenAlternatives.class);

    /** The distribution of the next token after the prompt, before anything is generated. */
    public static final EvidenceKey<NextToken> NEXT_TOKEN = of("next token", NextToken.class);

    /**
     * How many tokens the whole prompt has, as the endpoint counts them before each call: by the model's own tokenizer where
     * there is one, else an estimate. Models have it; strategies have none.
     */
    public static final EvidenceKey<TokenCount> PROMPT_TOKENS = of("prompt tokens", TokenCount.class);

    /**
     * How many of a prompt's tokens the provider read from its cache; endpoints that are told of any give it with the
     * reply, so that it is one or more. They are among the response's input tokens, and cost {@link
     * Price#perMillionCachedInputTokens()}.
     */
    public static final EvidenceKey<Long> CACHED_INPUT_TOKENS = of("cached input tokens", Long.class);

    /**
     * How a local model takes a prompt: hidden states and next tokens, as the request's {@link #PROMPT_READING_WISH} says,
     * or, if it says nothing, the endpoint's own choice.
     */
    public static final EvidenceKey<PromptReading> PROMPT_READING = of("prompt reading", PromptReading.class);

    /** What whoever asks for a {@link #PROMPT_READING} wants to have read; given with the request. */
    public static final EvidenceKey<ReadingWish> PROMPT_READING_WISH = of("prompt reading wish", ReadingWish.class);

    /**
     * A local model's hidden states while it wrote its answer: at the positions from which the answer's tokens, and the one
     * that ended it, were predicted. {@code last} is the last of these positions, {@code mean} their mean. A reply has it
     * only if the request asked for it with an {@link #ANSWER_READING_WISH}.
     */
    public static final EvidenceKey<HiddenStates> ANSWER_READING = of("answer reading", HiddenStates.class);

    /** Which hidden states the reply shall carry as {@link #ANSWER_READING}; given with the request. */
    public static final EvidenceKey<ReadingWish> ANSWER_READING_WISH = of("answer reading wish", ReadingWish.class);

    /**
     * What identifies the weights and the prompt template of the model whose hidden states an {@link #ANSWER_READING} is:
     * states of one reader may be compared, and the same {@link PromptReading#reader()} is meant. A reply that carries such
     * states carries it too; an endpoint that has hidden states gives it for any request.
     */
    public static final EvidenceKey<String> READER = of("reader", String.class);

    private final String name;
    private final Class<T> type;

    private EvidenceKey(String name, Class<T> type) {
        this.name = Objects.requireNonNull(name, "name");
        this.type = Objects.requireNonNull(type, "type");
    }

    /** {@return a new key} */
    public static <T> EvidenceKey<T> of(String name, Class<T> type) {
        return new EvidenceKey<>(name, type);
    }

    /** {@return what the evidence is, in words} */
    public String name() {
        return name;
    }

    /** {@return the type of the evidence} */
    public Class<T> type() {
        return type;
    }

    @Override
    public String toString() {
        return name;
    }
}
