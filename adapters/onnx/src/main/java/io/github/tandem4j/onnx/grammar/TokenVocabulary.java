package io.github.tandem4j.onnx.grammar;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * A model's tokens as the bytes that they stand for, under which constraints are enforced. Thread-safe; one for each model.
 *
 * <p>It remembers what it found out for the {@value #MOST_AUTOMATA} constraints that were last in use: with SmolLM2's 49,152
 * tokens at most some 25 MB each, and seldom more than one.
 */
public final class TokenVocabulary {
    private static final int MOST_AUTOMATA = 16;

    private final TokenTrie trie;
    private final IntFunction<byte[]> bytes;
    private final boolean[] isText;
    private final long[] ends;
    private final Map<OutputConstraint, TokenAutomaton> automata = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<OutputConstraint, TokenAutomaton> eldest) {
            return size() > MOST_AUTOMATA;
        }
    };

    private TokenVocabulary(int size, IntFunction<byte[]> bytes, Set<Integer> control, Set<Integer> turnEnds) {
        Set<Integer> noText = new HashSet<>(control);
        noText.addAll(turnEnds);
        this.trie = new TokenTrie(size, bytes, noText);
        this.bytes = bytes;
        isText = new boolean[size];
        ends = new long[(size + 63) >> 6];
        for (int id = 0; id < size; id++) {
            isText[id] = !noText.contains(id);
        }
        turnEnds.forEach(id -> ends[id >> 6] |= 1L << id);
    }

    /**
     * Arranges a vocabulary.
     *
     * @param size how many ids there are, padding included
     * @param bytes what a token stands for; empty for padding; the same at each call, and not changed
     * @param control ids of tokens that are no text, such as those that begin a turn
     * @param turnEnds ids of those that end one
     * @return the vocabulary
     */
    public static TokenVocabulary of(int size, IntFunction<byte[]> bytes, Set<Integer> control, Set<Integer> turnEnds) {
        return new TokenVocabulary(size, bytes, control, turnEnds);
    }

    /**
     * Begins a text that is held to a constraint.
     *
     * @param constraint what it must be
     * @param mostTokens after how many tokens it is cut; if there is still a way to an end in time, it is taken
     * @return the constraint of one generation
     * @throws io.github.tandem4j.RejectedRequestException if this vocabulary cannot spell what the constraint wants
     */
    public TokenConstraint begin(OutputConstraint constraint, int mostTokens) {
        return begin(constraint, mostTokens, () -> {});
    }

    /**
     * Begins a text that is held to a constraint, for a call that may end meanwhile. To find what may come next is a matter
     * of milliseconds as a rule, and of up to most of a minute with constraints that somebody made to be slow, before they are refused.
     *
     * @param constraint what it must be
     * @param mostTokens after how many tokens it is cut; if there is still a way to an end in time, it is taken
     * @param watch is run every so often while that is being found, and throws if the call is over; what it throws comes
     *     out of {@link TokenConstraint#allowed} and {@link TokenConstraint#accept}
     * @return the constraint of one generation
     * @throws io.github.tandem4j.RejectedRequestException if this vocabulary cannot spell what the constraint wants
     */
    public TokenConstraint begin(OutputConstraint constraint, int mostTokens, Runnable watch) {
        return new AutomatonConstraint(automaton(constraint), bytes, isText, mostTokens, new Walk(watch));
    }

    TokenAutomaton automaton(OutputConstraint constraint) {
        synchronized (automata) {
            return automata.computeIfAbsent(constraint, key -> new TokenAutomaton(key.grammar(), trie, ends));
        }
    }
}
