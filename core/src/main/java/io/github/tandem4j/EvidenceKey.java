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
