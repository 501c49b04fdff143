package io.github.tandem4j.onnx;

import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.HiddenStates;
import io.github.tandem4j.NextToken;
import io.github.tandem4j.TokenAlternatives;
import io.github.tandem4j.TokenScores;
import java.time.Duration;

/** A completion, token by token. Immutable. */
public final class Generation {
    private final String text;
    private final int[] tokenIds;
    private final TokenScores scores;
    private final TokenAlternatives alternatives;
    private final FinishReason finishReason;
    private final int promptTokens;
    private final int sharedPromptTokens;
    private final NextToken afterPrompt;
    private final HiddenStates states;
    private final Duration toFirstToken;
    private final Duration total;

    Generation(
            String text,
            int[] tokenIds,
            TokenScores scores,
            TokenAlternatives alternatives,
            FinishReason finishReason,
            int promptTokens,
            int sharedPromptTokens,
            NextToken afterPrompt,
            HiddenStates states,
            Duration toFirstToken,
            Duration total) {
        this.text = text;
        this.tokenIds = tokenIds;
        this.scores = scores;
        this.alternatives = alternatives;
        this.finishReason = finishReason;
        this.promptTokens = promptTokens;
        this.sharedPromptTokens = sharedPromptTokens;
        this.afterPrompt = afterPrompt;
        this.states = states;
        this.toFirstToken = toFirstToken;
        this.total = total;
    }

    /** {@return the text, without the stop sequence or the token that ended it} */
    public String text() {
        return text;
    }

    /** {@return a copy of the tokens' ids, without the one that ended the turn} */
    public int[] tokenIds() {
        return tokenIds.clone();
    }

    /** {@return how likely the model held each token, before any tempering} */
    public TokenScores scores() {
        return scores;
    }

    /** {@return the likeliest tokens at each step, as many as {@link Decoding#alternatives} asked for; else of size 0} */
    public TokenAlternatives alternatives() {
        return alternatives;
    }

    /** {@return {@code STOP} at the end of a turn or at a stop sequence, {@code LENGTH} at the longest completion} */
    public FinishReason finishReason() {
        return finishReason;
    }

    /** {@return how many tokens the prompt had} */
    public int promptTokens() {
        return promptTokens;
    }

    /** {@return how many of them were taken over from a reading or an answer before, and not fed again} */
    public int sharedPromptTokens() {
        return sharedPromptTokens;
    }

    /** The hidden states of the answer that were wished for. */
    HiddenStates states() {
        return states;
    }

    /** {@return the distribution of the first token} */
    public NextToken afterPrompt() {
        return afterPrompt;
    }

    /** {@return the time from the call to the first token: tokenising, prefill, choosing} */
    public Duration toFirstToken() {
        return toFirstToken;
    }

    /** {@return the time from the call to the last token} */
    public Duration total() {
        return total;
    }

    /** {@return the numbers, not the text} */
    @Override
    public String toString() {
        return "Generation[" + promptTokens + " + " + tokenIds.length + " tokens, " + finishReason + "]";
    }
}
