package io.github.tandem4j.cascade;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.TokenScores;

/** Measures one answer while it is made, token by token. Made by {@link ConfidenceMeasure#running} for each answer. */
@FunctionalInterface
public interface RunningMeasure {

    /**
     * Takes the answer's next token.
     *
     * @param scores of a piece of the answer
     * @param index the token's place in the piece
     * @return the measure of all tokens so far, this one included
     */
    Confidence next(TokenScores scores, int index);
}
