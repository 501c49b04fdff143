package io.github.tandem4j;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a call has cost: money, tokens and model time, by endpoint. Adding costs is exact, associative and commutative
 * up to the order of {@link #byEndpoint()}.
 *
 * @param byEndpoint one entry for each endpoint that answered, or broke off in its answer, in the order of the first
 */
public record Cost(List<EndpointCost> byEndpoint) {

    /** Nothing was called. */
    public static final Cost NONE = new Cost(List.of());

    /** Copies the list. */
    public Cost {
        byEndpoint = List.copyOf(byEndpoint);
    }

    /** {@return the sum of these costs} */
    public static Cost sum(Collection<Cost> costs) {
        Cost only = NONE;
        int counted = 0;
        for (Cost cost : costs) {
            if (!cost.byEndpoint.isEmpty()) {
                only = cost;
                counted++;
            }
        }
        if (counted <= 1) {
            return only;
        }
        Map<String, EndpointCost> sum = new LinkedHashMap<>();
        for (Cost cost : costs) {
            for (EndpointCost entry : cost.byEndpoint) {
                sum.merge(entry.endpoint(), entry, EndpointCost::plus);
            }
        }
        return new Cost(new ArrayList<>(sum.values()));
    }

    /** {@return this and the other together} */
    public Cost plus(Cost other) {
        return sum(List.of(this, other));
    }

    /** {@return the money of all priced calls; see {@link #unpricedCalls()} for what is missing from it} */
    public Usd usd() {
        Usd sum = Usd.ZERO;
        for (EndpointCost entry : byEndpoint) {
            sum = sum.plus(entry.usd());
        }
        return sum;
    }

    /** {@return how many calls went to endpoints without a known price; their money is not in {@link #usd()}} */
    public int unpricedCalls() {
        return byEndpoint.stream().mapToInt(EndpointCost::unpricedCalls).sum();
    }

    /** {@return how many calls of models were answered, or broke off in their answers} */
    public int calls() {
        return byEndpoint.stream().mapToInt(EndpointCost::calls).sum();
    }

    /** {@return prompt tokens of all calls} */
    public long inputTokens() {
        return byEndpoint.stream().mapToLong(EndpointCost::inputTokens).sum();
    }

    /** {@return completion tokens of all calls} */
    public long outputTokens() {
        return byEndpoint.stream().mapToLong(EndpointCost::outputTokens).sum();
    }

    /** {@return prompt and completion tokens of all calls} */
    public long tokens() {
        return inputTokens() + outputTokens();
    }

    /** {@return time spent in models, summed over calls; calls in parallel count each} */
    public Duration time() {
        return byEndpoint.stream().map(EndpointCost::time).reduce(Duration.ZERO, Duration::plus);
    }

    /** {@return for example {@code $0.000150, 31 tokens, 0.2 s}} */
    @Override
    public String toString() {
        int unpriced = unpricedCalls();
        return String.format(
                Locale.ROOT,
                "%s%s, %d tokens, %.1f s",
                usd(),
                unpriced == 0 ? "" : " and " + unpriced + (unpriced == 1 ? " call" : " calls") + " without a price",
                tokens(),
                time().toNanos() / 1e9);
    }
}
