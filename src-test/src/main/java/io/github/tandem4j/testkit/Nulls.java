package io.github.tandem4j.testkit;

/** The null that a careless caller passes, for code whose checker would not let it through. */
final class Nulls {

    private Nulls() {}

    @SuppressWarnings("NullAway") // the point of it
    static <T> T of(Class<T> type) {
        return type.cast(null);
    }
}
