package io.github.tandem4j.onnx.grammar;

/**
 * What may come next, token by token, as one generation goes on. Belongs to one generation; not thread-safe.
 *
 * <p>The decoder asks for the mask, chooses among what it allows, and says what it chose.
 */
public interface TokenConstraint {
    /**
     * The tokens that may come next, those that end a turn among them once the text so far is a whole.
     *
     * @return a bit for each id of the vocabulary, the lowest first, 64 a number; never without any bit before the text
     *     {@linkplain #isFinished() has ended}; not a copy, and valid until the next {@link #accept}
     * @throws io.github.tandem4j.RejectedRequestException if that takes too long to find
     */
    long[] allowed();

    /**
     * Goes on by a token.
     *
     * @param id one that was allowed
     */
    void accept(int id);

    /** {@return whether the text so far is a whole, so that it may end here} */
    boolean isComplete();

    /** {@return whether the text so far is a whole that nothing may follow; by default, that is not known} */
    default boolean isFinished() {
        return false;
    }

    /**
     * {@return whether tokens were ruled out since they would have left too few to come to an end; by default none are}
     */
    default boolean isShortened() {
        return false;
    }
}
