package io.github.tandem4j;

/**
 * What a strategy decided, and why.
 *
 * @param what the decision, such as {@code kept}, {@code deferred} or {@code chose smollm2}
 * @param why its reason in words, such as {@code mean token probability 0.93 >= 0.8}; may be empty
 * @param confidence the number behind it, if there is one
 */
public record Decision(String what, String why, Confidence confidence) {

    /** {@return a decision without a number behind it} */
    public static Decision of(String what, String why) {
        return new Decision(what, why, Confidence.unknown());
    }

    @Override
    public String toString() {
        return why.isEmpty() ? what : what + ": " + why;
    }
}
