package io.github.tandem4j;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What is to be read of a model while it takes a text: hidden states by their {@linkplain HiddenStates names}, and tokens
 * whose probability as the next one is asked for. Immutable.
 *
 * <pre>{@code
 * ReadingWish.none().last(21).mean(21).lastFinal().nextTokens(" A", " B", " C", " D")
 * }</pre>
 *
 * <p>It travels with a request as {@link EvidenceKey#PROMPT_READING_WISH} or {@link EvidenceKey#ANSWER_READING_WISH}.
 * Whether a model has what is wished for, only its endpoint knows, which refuses the rest by name.
 */
public final class ReadingWish {

    private static final ReadingWish NONE = new ReadingWish(List.of(), List.of());

    private final List<String> states;
    private final List<String> nextTokens;

    private ReadingWish(List<String> states, List<String> nextTokens) {
        this.states = states;
        this.nextTokens = nextTokens;
    }

    /** {@return nothing but what every reading has} */
    public static ReadingWish none() {
        return NONE;
    }

    /** {@return this and the residual stream entering a layer, counted from 0, at the last position} */
    public ReadingWish last(int layer) {
        return states("last." + layer);
    }

    /** {@return this and the mean over all positions of the residual stream entering a layer, counted from 0} */
    public ReadingWish mean(int layer) {
        return states("mean." + layer);
    }

    /** {@return this and the normed state behind the last layer, at the last position} */
    public ReadingWish lastFinal() {
        return states("last.final");
    }

    /** {@return this and hidden states by name; one that is wished for twice counts once} */
    public ReadingWish states(String... names) {
        return new ReadingWish(plus(states, names), nextTokens);
    }

    /**
     * {@return this and the log-probabilities of tokens}
     *
     * @param texts each the text of exactly one token of the model's, such as {@code " A"}; one that is wished for twice
     *     counts once
     */
    public ReadingWish nextTokens(String... texts) {
        return new ReadingWish(states, plus(nextTokens, texts));
    }

    /** {@return the names of the hidden states, in the order wished for} */
    public List<String> states() {
        return states;
    }

    /** {@return the texts of the next tokens, in the order wished for} */
    public List<String> nextTokens() {
        return nextTokens;
    }

    private static List<String> plus(List<String> some, String... more) {
        Set<String> all = new LinkedHashSet<>(some);
        all.addAll(Arrays.asList(more));
        return List.copyOf(all);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ReadingWish wish && wish.states.equals(states) && wish.nextTokens.equals(nextTokens);
    }

    @Override
    public int hashCode() {
        return Objects.hash(states, nextTokens);
    }

    @Override
    public String toString() {
        return "ReadingWish[" + states + ", next tokens " + nextTokens + "]";
    }
}
