package io.github.tandem4j.router.rules;

import java.util.Objects;
import java.util.Optional;

/** A message and the route that it belongs to, or that it belongs to none. Immutable. */
public final class LabelledUtterance {

    private final String text;
    private final Optional<String> route;

    private LabelledUtterance(String text, Optional<String> route) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("a labelled utterance is blank; valid is a message");
        }
        this.text = text;
        this.route = route;
    }

    /** {@return a message that belongs to this route} */
    public static LabelledUtterance of(String text, String route) {
        return new LabelledUtterance(text, Optional.of(Objects.requireNonNull(route, "route")));
    }

    /** {@return a message that belongs to no route} */
    public static LabelledUtterance outOfScope(String text) {
        return new LabelledUtterance(text, Optional.empty());
    }

    /** {@return the message} */
    public String text() {
        return text;
    }

    /** {@return the name of its route; empty if it is out of scope} */
    public Optional<String> route() {
        return route;
    }
}
