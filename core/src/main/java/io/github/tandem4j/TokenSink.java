package io.github.tandem4j;

/**
 * Takes an answer as it is made, piece by piece. What was given to a sink is never taken back. A sink is called by one
 * thread at a time, always between the start of {@code answer} and its return; a slow sink slows the model down. It may
 * cancel the call: nothing more is heard then.
 */
@FunctionalInterface
public interface TokenSink {

    /** Nobody listens: the whole answer is wanted at once, and endpoints need not stream. */
    TokenSink NONE = text -> {};

    /** Takes the next piece of the answer: never empty, never half a character. */
    void accept(String text);

    /**
     * Takes the next piece of the answer, with what the model says of the tokens that have come since the piece before.
     * An endpoint that knows them calls this; whoever has no use for them need not override it.
     *
     * @param text never empty, never half a character
     * @param scores of the tokens since the piece before, in their order; a token may come with no text of its own, so
     *     there may be several or none
     */
    default void accept(String text, TokenScores scores) {
        accept(text);
    }
}
