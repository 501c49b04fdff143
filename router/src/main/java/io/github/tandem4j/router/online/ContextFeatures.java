package io.github.tandem4j.router.online;

import io.github.tandem4j.Request;

/**
 * What a bandit sees of a request: numbers, about −1 to 1 each; the same count for every request. A lambda is one. Called by
 * many threads at once, and never under a lock.
 */
@FunctionalInterface
public interface ContextFeatures {

    /** {@return the features, all finite} */
    float[] of(Request request);
}
