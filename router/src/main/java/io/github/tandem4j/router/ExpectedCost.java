package io.github.tandem4j.router;

import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Price;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.Usd;
import io.github.tandem4j.routing.CachedPrompt;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What an answer is expected to cost before it exists: the tokens of the whole conversation, system prompt, tools and
 * images among them, and a completion of the expected length, at the endpoint's price.
 *
 * <ul>
 *   <li>Prompt tokens are counted as the endpoint {@linkplain EvidenceKey#PROMPT_TOKENS counts} them, by the model's own
 *       tokenizer where there is one, else estimated by {@link TokenCount#estimate}.
 *   <li>What the session's endpoint {@linkplain CachedPrompt likely holds in its prompt cache} costs what cached tokens
 *       cost there, if its price says so: to leave it costs what the cache would have saved.
 *   <li>A strategy has no price of its own. It is taken to ask this question of everybody on the dearest of its {@linkplain
 *       StrategyEndpoint#courses courses}, which is more than a cascade that keeps its first answer costs, or a
 *       self-consistency that stops early. Its members' caches do not count.
 * </ul>
 *
 * @param completions how long answers are; a request's own limit caps it
 */
public record ExpectedCost(CompletionEstimate completions) {

    /** Refuses null. */
    public ExpectedCost {
        Objects.requireNonNull(completions, "completions");
    }

    /**
     * Expects every completion to be this long.
     *
     * @param typicalCompletion tokens, zero or more; a negative number is an {@link IllegalArgumentException}
     */
    public ExpectedCost(int typicalCompletion) {
        this(CompletionEstimate.always(typicalCompletion));
    }

    /** {@return the expected cost; empty if the price of the endpoint, or of one that it may ask, is not known} */
    public Optional<Usd> of(Request request, ModelEndpoint endpoint) {
        if (endpoint instanceof StrategyEndpoint strategy) {
            return dearest(request, strategy);
        }
        Price price = endpoint.profile().price().orElse(null);
        if (price == null) {
            return Optional.empty();
        }
        long prompt = endpoint.evidence(EvidenceKey.PROMPT_TOKENS, request)
                .orElseGet(() -> TokenCount.estimate(request.chat()))
                .tokens();
        long cached = request.evidence()
                .get(CachedPrompt.KEY)
                .filter(known -> known.endpoint().equals(endpoint.id()))
                .map(known -> Math.min(known.tokens(), prompt))
                .orElse(0L);
        return Optional.of(price.of(prompt, completion(request, endpoint, prompt), cached));
    }

    private long completion(Request request, ModelEndpoint endpoint, long prompt) {
        long expected = Math.max(0, Math.round(completions.tokens(endpoint, prompt)));
        Integer limit = request.chat().maxOutputTokens();
        return limit == null ? expected : Math.max(0, Math.min(limit, expected));
    }

    private Optional<Usd> dearest(Request request, StrategyEndpoint strategy) {
        Request uncached = request.evidence().get(CachedPrompt.KEY).isEmpty()
                ? request
                : request.evidence(CachedPrompt.KEY, new CachedPrompt(strategy.id(), 0));
        Usd dearest = Usd.ZERO;
        for (List<ModelEndpoint> course : strategy.courses()) {
            Usd cost = Usd.ZERO;
            for (ModelEndpoint member : course) {
                Usd more = of(uncached, member).orElse(null);
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
