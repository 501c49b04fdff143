package io.github.tandem4j.router.learning;

import io.github.tandem4j.ModelFileException;
import java.util.List;
import java.util.stream.Collectors;

/** The heads that come with this library. */
public final class Heads {

    private static final List<Head> ALL = List.of(new Ridge());

    private Heads() {}

    /** {@return ridge regression over dense features, its penalty chosen by generalised cross-validation} */
    public static Head ridge() {
        return new Ridge();
    }

    /** {@return the head of this name among these and the given ones} */
    static Head named(String name, List<Head> others) {
        for (Head head : others) {
            if (head.name().equals(name)) {
                return head;
            }
        }
        return ALL.stream().filter(head -> head.name().equals(name)).findFirst().orElseThrow(() -> new ModelFileException(
                "there is no head '" + name + "'; valid are "
                        + ALL.stream().map(Head::name).collect(Collectors.joining(", "))));
    }
}
