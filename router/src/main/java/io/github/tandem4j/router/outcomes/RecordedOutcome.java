package io.github.tandem4j.router.outcomes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.Usd;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What one model made of one query. All but the score may be unknown. Immutable.
 *
 * <pre>{@code
 * RecordedOutcome.scored(1).confidence(0.93).cost(Usd.of("0.0001")).response("1969")
 * }</pre>
 */
public final class RecordedOutcome {

    private final double score;
    private final @Nullable String response;
    private final double confidence;
    private final @Nullable Usd cost;
    private final int inputTokens;
    private final int outputTokens;
    private final double latencyMs;
    private final @Nullable ObjectNode unknown;

    private RecordedOutcome(
            double score,
            @Nullable String response,
            double confidence,
            @Nullable Usd cost,
            int inputTokens,
            int outputTokens,
            double latencyMs,
            @Nullable ObjectNode unknown) {
        this.score = score;
        this.response = response;
        this.confidence = confidence;
        this.cost = cost;
        this.inputTokens = inputTokens;
        this.outputTokens = outputTokens;
        this.latencyMs = latencyMs;
        this.unknown = unknown;
    }

    /**
     * An answer of this quality.
     *
     * @param score 0..1; of answers that are right or wrong, 1 or 0
     */
    public static RecordedOutcome scored(double score) {
        if (!(score >= 0 && score <= 1)) {
            throw new IllegalArgumentException("score is " + score + "; valid is 0..1");
        }
        return new RecordedOutcome(score, null, Double.NaN, null, -1, -1, Double.NaN, null);
    }

    /** The text of the answer. */
    public RecordedOutcome response(String text) {
        return new RecordedOutcome(
                score,
                Objects.requireNonNull(text, "response"),
                confidence,
                cost,
                inputTokens,
                outputTokens,
                latencyMs,
                unknown);
    }

    /** How sure the model was, on whatever scale it was measured: any finite number. */
    public RecordedOutcome confidence(double value) {
        return new RecordedOutcome(
                score, response, finite(value, "confidence"), cost, inputTokens, outputTokens, latencyMs, unknown);
    }

    /** What the answer cost; zero or more. */
    public RecordedOutcome cost(Usd amount) {
        if (amount.nanos() < 0) {
            throw new IllegalArgumentException("cost is " + amount + "; valid is zero or more");
        }
        return new RecordedOutcome(score, response, confidence, amount, inputTokens, outputTokens, latencyMs, unknown);
    }

    /** The tokens of prompt and answer; zero or more each. */
    public RecordedOutcome tokens(int input, int output) {
        if (input < 0 || output < 0) {
            throw new IllegalArgumentException("tokens are " + input + " and " + output + "; valid is zero or more");
        }
        return new RecordedOutcome(score, response, confidence, cost, input, output, latencyMs, unknown);
    }

    /** How long the answer took; zero or more. */
    public RecordedOutcome latency(Duration duration) {
        return latencyMs(duration.toNanos() / 1e6);
    }

    RecordedOutcome latencyMs(double milliseconds) {
        if (finite(milliseconds, "latency") < 0) {
            throw new IllegalArgumentException("latency is " + milliseconds + " ms; valid is zero or more");
        }
        return new RecordedOutcome(score, response, confidence, cost, inputTokens, outputTokens, milliseconds, unknown);
    }

    RecordedOutcome inputTokens(int input) {
        return new RecordedOutcome(score, response, confidence, cost, input, outputTokens, latencyMs, unknown);
    }

    RecordedOutcome outputTokens(int output) {
        return new RecordedOutcome(score, response, confidence, cost, inputTokens, output, latencyMs, unknown);
    }

    RecordedOutcome unknown(@Nullable ObjectNode fields) {
        return new RecordedOutcome(score, response, confidence, cost, inputTokens, outputTokens, latencyMs, fields);
    }

    @Nullable
    ObjectNode unknown() {
        return unknown;
    }

    private static double finite(double value, String what) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(what + " is " + value + "; valid is a finite number");
        }
        return value;
    }

    /** {@return the quality of the answer, 0..1} */
    public double score() {
        return score;
    }

    /** {@return the text of the answer} */
    public Optional<String> response() {
        return Optional.ofNullable(response);
    }

    /** {@return how sure the model was, on the recorder's own scale; any finite number} */
    public OptionalDouble confidence() {
        return Double.isNaN(confidence) ? OptionalDouble.empty() : OptionalDouble.of(confidence);
    }

    /** {@return what the answer cost} */
    public Optional<Usd> cost() {
        return Optional.ofNullable(cost);
    }

    /** {@return the tokens of the prompt, by the model's own count} */
    public OptionalInt inputTokens() {
        return inputTokens < 0 ? OptionalInt.empty() : OptionalInt.of(inputTokens);
    }

    /** {@return the tokens of the answer, by the model's own count} */
    public OptionalInt outputTokens() {
        return outputTokens < 0 ? OptionalInt.empty() : OptionalInt.of(outputTokens);
    }

    /** {@return how long the answer took} */
    public Optional<Duration> latency() {
        return Double.isNaN(latencyMs)
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(Math.round(Math.min(latencyMs, 1e12) * 1e6)));
    }

    /** {@return the cost in dollars as a number, for statistics; NaN if unknown} */
    public double costUsd() {
        return cost == null ? Double.NaN : cost.nanos() / 1e9;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RecordedOutcome that
                && Double.compare(score, that.score) == 0
                && Objects.equals(response, that.response)
                && Double.compare(confidence, that.confidence) == 0
                && Objects.equals(cost, that.cost)
                && inputTokens == that.inputTokens
                && outputTokens == that.outputTokens
                && Double.compare(latencyMs, that.latencyMs) == 0;
    }

    @Override
    public int hashCode() {
        return Objects.hash(score, response, confidence, cost, inputTokens, outputTokens, latencyMs);
    }

    /** {@return the score, and what is known beside it, without the text} */
    @Override
    public String toString() {
        return "score " + score + (cost == null ? "" : ", " + cost)
                + (Double.isNaN(confidence) ? "" : ", confidence " + confidence);
    }
}
