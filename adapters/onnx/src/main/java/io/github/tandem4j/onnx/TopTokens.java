package io.github.tandem4j.onnx;

import static java.util.Comparator.comparingDouble;

import io.github.tandem4j.TokenAlternatives;
import io.github.tandem4j.TokenAlternatives.Alternative;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Collects the likeliest tokens of each step of one generation, as the model itself holds them. */
final class TopTokens {
    private final int count;
    private final Tokenizer tokenizer;
    private final List<List<Alternative>> steps = new ArrayList<>();

    /** @param count of tokens a step; 0 collects nothing */
    TopTokens(int count, Tokenizer tokenizer) {
        this.count = count;
        this.tokenizer = tokenizer;
    }

    boolean isOn() {
        return count > 0;
    }

    void add(Prediction prediction, @Nullable FloatBuffer logits) {
        if (!isOn() || logits == null) {
            return;
        }
        PriorityQueue<Token> best = new PriorityQueue<>(comparingDouble(Token::logit));
        for (int id = 0; id < logits.capacity(); id++) {
            float logit = logits.get(id);
            if (best.size() < count) {
                best.add(new Token(id, logit));
            } else if (logit > best.element().logit()) {
                best.remove();
                best.add(new Token(id, logit));
            }
        }
        steps.add(best.stream()
                .sorted(comparingDouble(Token::logit).reversed())
                .map(token -> Alternative.of(tokenizer.bytes(token.id()), prediction.logProbability(token.logit())))
                .toList());
    }

    TokenAlternatives alternatives() {
        return TokenAlternatives.of(steps);
    }

    private record Token(int id, float logit) {}
}
