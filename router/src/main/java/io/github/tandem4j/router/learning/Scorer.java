package io.github.tandem4j.router.learning;

import io.github.tandem4j.Request;
import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.features.Features;
import java.util.List;
import java.util.Objects;
import java.util.function.DoubleConsumer;

/**
 * A head over a view: one opinion, of which a router may hold several.
 *
 * @param head what learns
 * @param features what it reads
 */
public record Scorer(Head head, Features features) {

    /** Refuses nulls. */
    public Scorer {
        Objects.requireNonNull(head, "head");
        Objects.requireNonNull(features, "features");
    }

    FeatureRows read(List<Request> requests, DoubleConsumer progress) {
        FeatureRows rows = features.read(requests, progress);
        return rows.in(features.blocks());
    }

    /** {@return such as {@code ridge over text.1}} */
    @Override
    public String toString() {
        return head.name() + " over " + features.id();
    }
}
