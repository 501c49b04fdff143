package io.github.tandem4j.cascade;

import io.github.tandem4j.ModelEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * One stage of a cascade.
 *
 * @param rule what judges its answers; null of the last stage
 * @param guarantee the rule, if it is one
 */
record Stage(
        ModelEndpoint endpoint,
        @Nullable DeferralRule rule,
        @Nullable Guarantee guarantee) {

    Stage(ModelEndpoint endpoint, @Nullable DeferralRule rule) {
        this(endpoint, rule, null);
    }
}
