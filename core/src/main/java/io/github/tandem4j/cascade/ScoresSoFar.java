package io.github.tandem4j.cascade;

import io.github.tandem4j.TokenScores;
import java.util.Arrays;

/** The scores of an answer in the making, token by token. One thread at a time. */
final class ScoresSoFar {

    private float[] logProbabilities = new float[64];
    private float[] entropies = new float[64];
    private float[] margins = new float[64];
    private boolean distribution = true;
    private int size;

    /** Adds one token of a piece. */
    void add(TokenScores piece, int index) {
        if (size == logProbabilities.length) {
            logProbabilities = Arrays.copyOf(logProbabilities, 2 * size);
            entropies = Arrays.copyOf(entropies, 2 * size);
            margins = Arrays.copyOf(margins, 2 * size);
        }
        logProbabilities[size] = piece.logProbability(index);
        distribution &= piece.hasDistribution();
        if (distribution) {
            entropies[size] = piece.entropy(index);
            margins[size] = piece.margin(index);
        }
        size++;
    }

    int size() {
        return size;
    }

    TokenScores scores() {
        float[] logs = Arrays.copyOf(logProbabilities, size);
        return distribution
                ? TokenScores.of(logs, Arrays.copyOf(entropies, size), Arrays.copyOf(margins, size))
                : TokenScores.of(logs);
    }
}
