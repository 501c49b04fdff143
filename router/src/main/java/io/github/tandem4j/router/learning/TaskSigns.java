package io.github.tandem4j.router.learning;

import io.github.tandem4j.Request;
import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.Views;
import java.util.List;
import java.util.Map;

/** The signs of the text by which a kind of task is known again: its form more than its subject. */
final class TaskSigns {

    private static final Features TEXT = Views.text();

    private TaskSigns() {}

    /** {@return the signs, taken from what was read already if it is among the views} */
    static FeatureRows of(List<Request> requests, Map<String, FeatureRows> read) {
        FeatureRows known = read.get(TEXT.id());
        return known == null ? of(requests) : known;
    }

    static FeatureRows of(List<Request> requests) {
        return TEXT.read(requests, done -> {}).in(TEXT.blocks());
    }
}
