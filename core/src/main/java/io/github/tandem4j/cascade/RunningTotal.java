package io.github.tandem4j.cascade;

import io.github.tandem4j.TokenScores;
import java.util.function.DoubleBinaryOperator;

/** e to the sum, or to the minimum, of the log-probabilities so far: neither ever rises, since none is above zero. */
final class RunningTotal implements TokenMeasure.SoFar {

    private final DoubleBinaryOperator join;
    private double total;

    RunningTotal(DoubleBinaryOperator join) {
        this.join = join;
    }

    @Override
    public double with(TokenScores scores, int index) {
        total = join.applyAsDouble(total, scores.logProbability(index));
        return Math.exp(total);
    }
}
