package io.github.tandem4j;

/**
 * A sink that holds back what it is given until somebody has decided to keep it. While it does, nobody has heard anything:
 * a strategy whose member fails may ask another, and what the first one had said is taken back.
 */
public interface RevocableSink extends TokenSink {

    /** {@return whether all that it was given is still held back} */
    boolean isHeldBack();

    /** Forgets all that it was given; only while it is held back. */
    void takeBack();
}
