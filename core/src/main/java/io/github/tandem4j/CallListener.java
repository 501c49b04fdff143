package io.github.tandem4j;

/**
 * Sees what happens in a call: each endpoint that is asked, each decision, each answer, each failure, strategies and
 * their members alike. Methods are called on the thread that does the work, so they should be quick; one that throws is
 * logged and changes nothing. Prompts and answers are in what it is given: a listener that writes them down decides to.
 */
public interface CallListener {

    /** An endpoint is about to be asked. */
    default void onStart(String endpoint, Request request) {}

    /** A strategy has decided. */
    default void onDecision(String endpoint, Decision decision) {}

    /** An endpoint has answered. */
    default void onReply(String endpoint, Reply reply) {}

    /** An endpoint has failed, or, with a {@link CallCancelledException}, was stopped since nobody needs its answer. */
    default void onError(String endpoint, TandemException failure) {}
}
