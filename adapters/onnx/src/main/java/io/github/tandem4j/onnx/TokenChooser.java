package io.github.tandem4j.onnx;

import io.github.tandem4j.onnx.grammar.TokenConstraint;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Chooses each token of one generation: takes penalties off the logits, adds the bias, forbids what a constraint does
 * not allow, and then takes the likeliest token, or draws one as {@link Sampler} says. The model's own logits stay as
 * they are. Not thread-safe.
 */
final class TokenChooser {
    private final Penalties penalties;
    private final Map<Integer, Double> bias;
    private final @Nullable TokenConstraint constraint;
    private final @Nullable Sampler sampler;

    /** How often each token came in the completion; 0 for those of the prompt alone. */
    private final Map<Integer, Integer> seen = new HashMap<>();

    private float[] adjusted = {};

    /** @param constraint of this generation; null if anything may come */
    TokenChooser(Decoding decoding, @Nullable TokenConstraint constraint) {
        this.penalties = decoding.penalties();
        this.bias = decoding.logitBias();
        this.constraint = constraint;
        this.sampler = decoding.temperature() > 0
                ? new Sampler(
                        decoding.temperature(),
                        decoding.topK(),
                        decoding.topP(),
                        decoding.minP(),
                        decoding.seed()
                                .orElseGet(() -> ThreadLocalRandom.current().nextLong()))
                : null;
    }

    /** Whether the choice may need all logits; if not, the likeliest token is enough, and they can stay in the runtime. */
    boolean needsLogits() {
        return sampler != null || constraint != null || adjusts();
    }

    private boolean adjusts() {
        return !penalties.areNone() || !bias.isEmpty();
    }

    /** Tells what comes before the completion. */
    void begin(int[] prompt) {
        if (penalties.repetition() != 1) {
            for (int id : prompt) {
                seen.putIfAbsent(id, 0);
            }
        }
    }

    /**
     * The next token, which may be one that ends the turn.
     *
     * @param logits the model's, if this {@linkplain #needsLogits() needs} them
     */
    int choose(Prediction prediction, @Nullable FloatBuffer logits) {
        if (logits == null || (sampler == null && !adjusts() && allows(prediction.id()))) {
            return prediction.id();
        }
        if (adjusted.length != logits.remaining()) {
            adjusted = new float[logits.remaining()];
        }
        logits.get(logits.position(), adjusted);
        adjust();
        return sampler == null ? likeliest() : sampler.draw(adjusted);
    }

    /** Goes on by a token that was chosen and does not end the turn. */
    void accept(int id) {
        if (!penalties.areNone()) {
            seen.merge(id, 1, Integer::sum);
        }
        if (constraint != null) {
            constraint.accept(id);
        }
    }

    private void adjust() {
        if (!penalties.areNone()) {
            seen.forEach((id, times) -> adjusted[id] = penalties.penalised(adjusted[id], times));
        }
        bias.forEach((id, added) -> adjusted[id] += (float) (double) added);
        if (constraint != null) {
            long[] allowed = constraint.allowed();
            for (int id = 0; id < adjusted.length; id++) {
                if (!isAllowed(allowed, id)) {
                    adjusted[id] = Float.NEGATIVE_INFINITY;
                }
            }
        }
    }

    private boolean allows(int id) {
        return constraint == null || isAllowed(constraint.allowed(), id);
    }

    private static boolean isAllowed(long[] allowed, int id) {
        return id >>> 6 < allowed.length && (allowed[id >>> 6] & 1L << id) != 0;
    }

    /** The lower id among equals. */
    private int likeliest() {
        int best = 0;
        for (int id = 1; id < adjusted.length; id++) {
            if (adjusted[id] > adjusted[best]) {
                best = id;
            }
        }
        return best;
    }
}
