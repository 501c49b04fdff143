package io.github.tandem4j;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** How much is tried: a little in every build, a lot with the profile {@code thorough}. */
public final class Interleavings {

    private Interleavings() {}

    /** {@return three threads of two operations each, and one operation after them} */
    public static ModelCheckingOptions options() {
        boolean thorough = Boolean.getBoolean("tandem.thorough");
        return new ModelCheckingOptions()
                .iterations(thorough ? 50 : 3)
                .invocationsPerIteration(thorough ? 2000 : 100)
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(1);
    }
}
