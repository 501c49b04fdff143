package io.github.tandem4j;

import java.time.Duration;

/**
 * What one endpoint has cost within a call.
 *
 * @param endpoint the endpoint's id
 * @param calls how many calls this counts: those that answered, and those that broke off after their first token
 * @param unpricedCalls how many of them had no known price; their money is missing from {@code usd}, never zero
 * @param usd the money of the priced calls
 * @param inputTokens prompt tokens
 * @param outputTokens completion tokens
 * @param time time spent in the calls, summed
 */
public record EndpointCost(
        String endpoint, int calls, int unpricedCalls, Usd usd, long inputTokens, long outputTokens, Duration time) {

    EndpointCost plus(EndpointCost other) {
        return new EndpointCost(
                endpoint,
                calls + other.calls,
                unpricedCalls + other.unpricedCalls,
                usd.plus(other.usd),
                inputTokens + other.inputTokens,
                outputTokens + other.outputTokens,
                time.plus(other.time));
    }
}
