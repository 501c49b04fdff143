package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.Views;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Finds the view of an id: one that was given, one that reads the text alone, or several of these joined. */
final class KnownViews {

    private static final List<Supplier<Features>> TEXT =
            List.of(Views::text, Views::length, Views::words, Views::characters);

    private KnownViews() {}

    static @Nullable Features of(String id, Map<String, Features> given) {
        Features whole = single(id, given);
        if (whole != null) {
            return whole;
        }
        String[] names = id.split("\\+", -1);
        if (names.length == 1) {
            return null;
        }
        Features[] parts = new Features[names.length];
        for (int i = 0; i < names.length; i++) {
            Features part = single(names[i], given);
            if (part == null) {
                return null;
            }
            parts[i] = part;
        }
        return Views.joined(parts);
    }

    private static @Nullable Features single(String id, Map<String, Features> given) {
        Features view = given.get(id);
        if (view != null) {
            return view;
        }
        return TEXT.stream()
                .map(Supplier::get)
                .filter(text -> text.id().equals(id))
                .findFirst()
                .orElse(null);
    }
}
