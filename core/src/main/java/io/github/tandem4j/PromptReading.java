package io.github.tandem4j;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * How a local model takes a prompt: its hidden states, and what it expects to say first. From one prefill and no decoding.
 * Immutable.
 */
public final class PromptReading {

    private final String reader;
    private final HiddenStates states;
    private final NextToken nextToken;
    private final Map<String, Double> nextLogProbabilities;
    private final int promptTokens;
    private final boolean truncated;

    private PromptReading(
            String reader,
            HiddenStates states,
            NextToken nextToken,
            Map<String, Double> nextLogProbabilities,
            int promptTokens,
            boolean truncated) {
        this.reader = reader;
        this.states = states;
        this.nextToken = nextToken;
        this.nextLogProbabilities = nextLogProbabilities;
        this.promptTokens = promptTokens;
        this.truncated = truncated;
    }

    /**
     * {@return a reading}
     *
     * @param reader identifies weights and prompt template of the model that read: readings of one reader may be compared
     * @param states the hidden states that were asked for
     * @param nextToken the distribution of the first token of an answer
     * @param nextLogProbabilities natural log-probabilities, zero or less, of the next tokens that were asked for, by text
     * @param promptTokens how many tokens the prompt has
     * @param truncated whether only the prompt's end was read, since the whole does not fit into the model's window
     * @throws IllegalArgumentException if a log-probability is NaN or above zero, or a prompt has no token
     */
    public static PromptReading of(
            String reader,
            HiddenStates states,
            NextToken nextToken,
            Map<String, Double> nextLogProbabilities,
            int promptTokens,
            boolean truncated) {
        Map<String, Double> copy = new LinkedHashMap<>();
        nextLogProbabilities.forEach((text, value) -> copy.put(text, checked(text, value)));
        if (promptTokens < 1) {
            throw new IllegalArgumentException(
                    "prompt of a reading has " + promptTokens + " tokens; valid is 1 or more");
        }
        return new PromptReading(
                Objects.requireNonNull(reader, "reader"),
                Objects.requireNonNull(states, "states"),
                Objects.requireNonNull(nextToken, "next token"),
                Collections.unmodifiableMap(copy),
                promptTokens,
                truncated);
    }

    /** {@return what identifies weights and prompt template of the model that read; another reader's states differ} */
    public String reader() {
        return reader;
    }

    /** {@return the hidden states that were asked for} */
    public HiddenStates states() {
        return states;
    }

    /** {@return the distribution of an answer's first token} */
    public NextToken nextToken() {
        return nextToken;
    }

    /** {@return natural log-probabilities of the next tokens that were asked for, by their text, in the order asked} */
    public Map<String, Double> nextLogProbabilities() {
        return nextLogProbabilities;
    }

    /**
     * {@return the natural log-probability of one next token}
     *
     * @throws IllegalArgumentException if it was not asked for
     */
    public double nextLogProbability(String text) {
        Double value = nextLogProbabilities.get(text);
        if (value == null) {
            throw new IllegalArgumentException(
                    "next token '" + text + "' was not asked for; valid is one of " + nextLogProbabilities.keySet());
        }
        return value;
    }

    /** {@return how many tokens the prompt has, those that were not read included} */
    public int promptTokens() {
        return promptTokens;
    }

    /** {@return whether only the prompt's end was read, since the whole does not fit into the model's window} */
    public boolean isTruncated() {
        return truncated;
    }

    private static double checked(String text, double value) {
        if (!(value <= 0)) {
            throw new IllegalArgumentException(
                    "log-probability of next token '" + text + "' is " + value + "; valid is zero or less");
        }
        return value;
    }

    @Override
    public String toString() {
        return "PromptReading[" + promptTokens + " tokens" + (truncated ? ", truncated, " : ", ") + states.names()
                + ", " + nextToken + ", by " + reader + "]";
    }
}
