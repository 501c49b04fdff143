package io.github.tandem4j.routing;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import java.util.List;

/**
 * Chooses who answers, before any answer exists. A lambda is a router. It sees the whole request, and may ask a candidate
 * for {@linkplain ModelEndpoint#evidence evidence}. In a sticky routing, {@link Request#evidence()} says which endpoint the
 * session is with, under {@link Affinity#KEY}, and what its prompt cache likely holds, under {@link CachedPrompt#KEY}.
 *
 * <p>Called by many threads at once.
 */
@FunctionalInterface
public interface Router {

    /**
     * Chooses among the candidates that can take the request.
     *
     * @param request the question and its limits
     * @param candidates two or more, in the order in which they were given
     * @return one of the candidates with the reason, or an abstention; never null
     */
    Choice choose(Request request, List<ModelEndpoint> candidates);

    /**
     * Chooses as {@link #choose(Request, List)} does, with a way to ask {@linkplain #helpers() helpers}. A router that asks
     * none, and stands around no other router, leaves this alone.
     */
    default Choice choose(Request request, List<ModelEndpoint> candidates, Inquiry inquiry) {
        return choose(request, candidates);
    }

    /**
     * {@return the helpers that it may ask while it chooses, as often as it asks each; none unless it says so}
     *
     * <p>They become members of the routing, whose location and expected cost count them; they need not be candidates.
     */
    default List<ModelEndpoint> helpers() {
        return List.of();
    }

    /**
     * Told of all candidates once, when a routing is built, so that a router that names an endpoint beside them is found
     * out before the first request. Does nothing by default; a router that asks others tells them.
     *
     * @param routing the id of the routing
     * @param candidates one or more, in the order in which they were given
     * @throws IllegalArgumentException if the router could choose an endpoint that is no candidate
     */
    default void requireAmong(String routing, List<ModelEndpoint> candidates) {}
}
