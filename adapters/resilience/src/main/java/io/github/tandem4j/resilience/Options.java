package io.github.tandem4j.resilience;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Checks what builders are told. */
final class Options {

    private static final Duration LONGEST = Duration.ofDays(1);

    private Options() {}

    /** An option that is set twice is a mistake that the second value would hide. */
    static void requireUnset(String option, @Nullable Object old) {
        if (old != null) {
            throw new IllegalStateException(option + " is already " + old + "; it can be set once");
        }
    }

    static int requireAtLeast(int least, String option, int value) {
        if (value < least) {
            throw new IllegalArgumentException(option + " is " + value + "; valid is " + least + " or more");
        }
        return value;
    }

    /** Milliseconds are what is measured and waited for. */
    static Duration requireTime(String option, Duration value) {
        return requireTime(Duration.ofMillis(1), option, value);
    }

    static Duration requireTime(Duration least, String option, Duration value) {
        if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    option + " is " + value + "; valid is " + least + " at least and " + LONGEST + " at most");
        }
        return value;
    }
}
