package io.github.tandem4j;

/**
 * Takes an answer as it is made, piece by piece. What was given to a sink is never taken back. A sink is called by one
 * thread at a time, always between the start of {@code answer} and its return; a slow sink slows the model down.
 */
@FunctionalInterface
public interface TokenSink {

    /** Nobody listens: the whole answer is wanted at once, and endpoints need not stream. */
    TokenSink NONE = text -> {};

    /** Takes the next piece of the answer: never empty, never half a character. */
    void accept(String text);
}
