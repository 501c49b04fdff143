package io.github.tandem4j.onnx;

import static java.util.Objects.requireNonNull;

import io.github.tandem4j.PromptReading;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What became of a prompt that was fed to the model, beside its keys and values: what is predicted behind it, and the
 * hidden states that were read. Immutable; holds no native memory that would have to be given back.
 */
final class Prefill {
    private final int[] prompt;
    private final Prediction next;
    private final @Nullable FloatBuffer logits;
    private final StatePool states;

    Prefill(int[] prompt, Prediction next, @Nullable FloatBuffer logits, StatePool states) {
        this.prompt = prompt;
        this.next = next;
        this.logits = logits;
        this.states = states;
    }

    int[] prompt() {
        return prompt;
    }

    Prediction next() {
        return next;
    }

    /** The logits of the next token; null if nobody wanted them. */
    @Nullable
    FloatBuffer logits() {
        return logits;
    }

    /** Whether all that a plan asks for was read. */
    boolean has(ReadingPlan plan) {
        return (logits != null || plan.nextTokens().isEmpty())
                && states.plan().states().containsAll(plan.states());
    }

    /**
     * @param plan one that it {@linkplain #has has}
     * @param promptTokens of the prompt, of which this may be the end
     */
    PromptReading reading(String reader, ReadingPlan plan, int promptTokens) {
        Map<String, Double> logProbabilities = new LinkedHashMap<>();
        plan.nextTokens().forEach((text, id) -> {
            float logit = requireNonNull(logits, "logits").get(id);
            logProbabilities.put(text, next.logProbability(logit));
        });
        return PromptReading.of(
                reader,
                states.states()
                        .only(plan.states().stream()
                                .map(ReadingPlan.State::name)
                                .toList()),
                next.nextToken(),
                logProbabilities,
                promptTokens,
                promptTokens > prompt.length);
    }

    /** The last rows of these outputs; null if one was not read. */
    @Nullable
    Map<String, float[]> lastRows(Set<String> outputs) {
        Map<String, float[]> rows = states.lastRows();
        return rows.keySet().containsAll(outputs) ? rows : null;
    }

    /**
     * The same with logits of its own, for the generator goes on to overwrite those that it has. So the same prompt is
     * answered by the same numbers once more, and a seed draws the same tokens.
     */
    Prefill withOwnLogits() {
        if (logits == null) {
            return this;
        }
        FloatBuffer own = FloatBuffer.allocate(logits.capacity());
        own.put(0, logits, 0, logits.capacity());
        return new Prefill(prompt, next, own, states);
    }

    boolean isOf(int[] other) {
        return Arrays.equals(prompt, other);
    }

    long bytes() {
        return logits == null ? 0 : (long) logits.capacity() * Float.BYTES;
    }
}
