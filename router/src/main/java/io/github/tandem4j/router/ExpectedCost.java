package io.github.tandem4j.router;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.Usd;
import io.github.tandem4j.routing.CachedPrompt;
import java.util.List;
import java.util.Optional;

/**
 * What an answer is expected to cost before it exists: the tokens of the whole conversation, system prompt, tools and
 * images among them, and a typical completion, at the endpoint's price.
 *
 * <ul>
 *   <li>What the session's endpoint {@linkplain CachedPrompt likely holds in its prompt cache} costs what cached tokens
 *       cost there, if its price says so: to leave it costs what the cache would have saved.
 *   <li>A strategy has no price of its own. It is taken to ask this question of everybody on the dearest of its {@linkplain
 *       StrategyEndpoint#courses courses}, which is more than a cascade that keeps its first answer costs, or a
 *       self-consistency that stops early. Its members' caches do not count.
 * </ul>
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

    /** {@return the expected cost; empty if the price of the endpoint, or of one that it may ask, is not known} */
    public Optional<Usd> of(Request request, ModelEndpoint endpoint) {
        long prompt = TokenCount.estimate(request.chat()).tokens();
        Integer limit = request.chat().maxOutputTokens();
        int completion = limit == null ? typicalCompletion : Math.max(0, Math.min(limit, typicalCompletion));
        long cached = request.evidence()
                .get(CachedPrompt.KEY)
                .filter(known -> known.endpoint().equals(endpoint.id()))
                .map(known -> Math.min(known.tokens(), prompt))
                .orElse(0L);
        return of(endpoint, prompt, completion, cached);
    }

    private static Optional<Usd> of(ModelEndpoint endpoint, long prompt, int completion, long cached) {
        return endpoint instanceof StrategyEndpoint strategy
                ? dearest(strategy, prompt, completion)
                : endpoint.profile().price().map(price -> price.of(prompt, completion, cached));
    }

    private static Optional<Usd> dearest(StrategyEndpoint strategy, long prompt, int completion) {
        Usd dearest = Usd.ZERO;
        for (List<ModelEndpoint> course : strategy.courses()) {
            Usd cost = Usd.ZERO;
            for (ModelEndpoint member : course) {
                Usd more = of(member, prompt, completion, 0).orElse(null);
                if (more == null) {
                    return Optional.empty();
                }
                cost = cost.plus(more);
            }
            dearest = cost.compareTo(dearest) > 0 ? cost : dearest;
        }
        return Optional.of(dearest);
    }
}
