package io.github.tandem4j.loopback;

import java.util.ArrayList;
import java.util.List;

/**
 * What the loopback server answers, whatever the protocol: pieces of text, each a token with a log-probability; calls of
 * tools; token usage. Immutable.
 *
 * @param pieces the text, token by token
 * @param logProbabilities one a piece, sent if the request asks for them
 * @param toolCalls calls of tools
 * @param inputTokens reported prompt tokens, those from the provider's cache among them
 * @param cachedInputTokens how many of them came from the cache; reported if there are any
 * @param outputTokens reported completion tokens
 * @param truncated whether the completion was cut by its limit
 */
public record LoopbackAnswer(
        List<String> pieces,
        List<Double> logProbabilities,
        List<ToolCall> toolCalls,
        int inputTokens,
        int cachedInputTokens,
        int outputTokens,
        boolean truncated) {

    /** A call of a tool; {@code arguments} is JSON. */
    public record ToolCall(String id, String name, String arguments) {}

    public LoopbackAnswer {
        pieces = List.copyOf(pieces);
        logProbabilities = List.copyOf(logProbabilities);
        toolCalls = List.copyOf(toolCalls);
        if (pieces.size() != logProbabilities.size()) {
            throw new IllegalArgumentException(
                    pieces.size() + " pieces and " + logProbabilities.size() + " log-probabilities");
        }
    }

    /** A text in pieces of one word each, with log-probabilities that differ from piece to piece. */
    public static LoopbackAnswer text(String text) {
        List<String> pieces = text.isEmpty() ? List.of() : List.of(text.split("(?<= )"));
        List<Double> logProbabilities = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            logProbabilities.add(-0.125 * (i % 5));
        }
        return new LoopbackAnswer(pieces, logProbabilities, List.of(), 11, 0, pieces.size(), false);
    }

    public LoopbackAnswer withPieces(List<String> other) {
        return new LoopbackAnswer(
                other,
                other.stream().map(piece -> -0.25).toList(),
                toolCalls,
                inputTokens,
                cachedInputTokens,
                outputTokens,
                truncated);
    }

    public LoopbackAnswer withLogProbabilities(Double... values) {
        return new LoopbackAnswer(
                pieces, List.of(values), toolCalls, inputTokens, cachedInputTokens, outputTokens, truncated);
    }

    public LoopbackAnswer withToolCall(String name, String arguments) {
        List<ToolCall> more = new ArrayList<>(toolCalls);
        more.add(new ToolCall("call_" + more.size(), name, arguments));
        return new LoopbackAnswer(
                pieces, logProbabilities, more, inputTokens, cachedInputTokens, outputTokens, truncated);
    }

    public LoopbackAnswer withUsage(int input, int output) {
        return new LoopbackAnswer(pieces, logProbabilities, toolCalls, input, cachedInputTokens, output, truncated);
    }

    public LoopbackAnswer withCachedInput(int cached) {
        return new LoopbackAnswer(pieces, logProbabilities, toolCalls, inputTokens, cached, outputTokens, truncated);
    }

    public LoopbackAnswer cutByItsLimit() {
        return new LoopbackAnswer(
                pieces, logProbabilities, toolCalls, inputTokens, cachedInputTokens, outputTokens, true);
    }

    public String text() {
        return String.join("", pieces);
    }
}
