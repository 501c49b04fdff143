package io.github.tandem4j.routing;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import java.util.List;

/**
 * Chooses who answers, before any answer exists. A lambda is a router. It sees the whole request, and may ask a candidate
 * for {@linkplain ModelEndpoint#evidence evidence}.
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
}
