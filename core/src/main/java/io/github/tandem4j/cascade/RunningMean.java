package io.github.tandem4j.cascade;

import io.github.tandem4j.TokenScores;
import java.util.function.DoubleUnaryOperator;

/** The mean of what is read from the tokens so far, summed in their order as {@link TokenScores} does. */
final class RunningMean implements TokenMeasure.SoFar {

    /** Reads one token's score; NaN if it is not known. */
    interface Score {
        double of(TokenScores scores, int index);
    }

    private final Score score;
    private final DoubleUnaryOperator after;
    private double sum;
    private int count;

    /** @param after what is made of the mean, such as e to it */
    RunningMean(Score score, DoubleUnaryOperator after) {
        this.score = score;
        this.after = after;
    }

    @Override
    public double with(TokenScores scores, int index) {
        sum += score.of(scores, index);
        return after.applyAsDouble(sum / ++count);
    }
}
