package io.github.tandem4j.router;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;

/**
 * Estimates, before it is asked, how good an endpoint's answer to a request will be. A lambda is an estimator; what is
 * learned from recorded outcomes is one too. Called by many threads at once.
 */
@FunctionalInterface
public interface QualityEstimator {

    /**
     * Estimates the quality of an answer that does not exist yet.
     *
     * @param request the whole conversation, with its system prompt, tools and images, and its limits
     * @param endpoint who would answer
     * @return the expected quality on the caller's own scale, usually 0..1: of kind probability if it is calibrated, else
     *     a raw score; unknown if this endpoint cannot be estimated
     */
    Confidence estimate(Request request, ModelEndpoint endpoint);
}
