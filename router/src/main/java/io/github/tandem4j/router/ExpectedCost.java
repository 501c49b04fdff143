package io.github.tandem4j.router;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Price;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.Usd;
import java.util.Optional;

/**
 * What an answer is expected to cost before it exists: the prompt's likely tokens and a typical completion at the
 * endpoint's price.
 *
 * @param typicalCompletion tokens of a typical completion, zero or more; a request's own limit caps it
 */
public record ExpectedCost(int typicalCompletion) {

    /** Refuses a negative number with an {@link IllegalArgumentException}. */
    public ExpectedCost {
        if (typicalCompletion < 0) {
            throw new IllegalArgumentException(
                    "typical completion is " + typicalCompletion + " tokens; valid is 0 or more");
        }
    }

    /** {@return the expected cost; empty if the endpoint's price is not known} */
    public Optional<Usd> of(Request request, ModelEndpoint endpoint) {
        Price price = endpoint.profile().price().orElse(null);
        if (price == null) {
            return Optional.empty();
        }
        Integer limit = request.chat().maxOutputTokens();
        int completion = limit == null ? typicalCompletion : Math.max(0, Math.min(limit, typicalCompletion));
        return Optional.of(price.of(TokenCount.estimate(request.chat()).tokens(), completion));
    }
}
