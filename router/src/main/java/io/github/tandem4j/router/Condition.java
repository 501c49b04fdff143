package io.github.tandem4j.router;

import io.github.tandem4j.Request;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Something that holds for a request or does not, with a name for the trace. {@link Conditions} has the usual ones.
 *
 * @param name what holds, in words, such as {@code contains code}
 * @param test whether it holds; called by many threads at once
 */
public record Condition(String name, Predicate<Request> test) {

    /** Refuses nulls. */
    public Condition {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(test, "test");
    }

    /** {@return a condition of your own} */
    public static Condition of(String name, Predicate<Request> test) {
        return new Condition(name, test);
    }

    /** {@return whether it holds for this request} */
    public boolean holds(Request request) {
        return test.test(request);
    }

    /** {@return that both hold} */
    public Condition and(Condition other) {
        return of(grouped() + " and " + other.grouped(), test.and(other.test));
    }

    /** {@return that at least one holds} */
    public Condition or(Condition other) {
        return of(grouped() + " or " + other.grouped(), test.or(other.test));
    }

    /** {@return that this does not hold} */
    public Condition not() {
        return of("not " + grouped(), test.negate());
    }

    /** A name of several parts in brackets, so that the trace says which belong together. */
    private String grouped() {
        return name.contains(" and ") || name.contains(" or ") ? "(" + name + ")" : name;
    }
}
