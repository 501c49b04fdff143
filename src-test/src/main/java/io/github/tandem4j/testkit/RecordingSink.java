package io.github.tandem4j.testkit;

import io.github.tandem4j.TokenSink;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Remembers the pieces of an answer, and whether they came as {@link TokenSink} promises. Thread-safe. */
public final class RecordingSink implements TokenSink {

    private final List<String> pieces = new CopyOnWriteArrayList<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final AtomicInteger inside = new AtomicInteger();
    private final CountDownLatch first = new CountDownLatch(1);
    private volatile boolean closed;

    /** A sink that has heard nothing yet. */
    public RecordingSink() {}

    @Override
    public void accept(String text) {
        if (inside.incrementAndGet() > 1) {
            violations.add("called by two threads at once");
        }
        if (closed) {
            violations.add("called after the call had ended");
        }
        if (text.isEmpty()) {
            violations.add("given an empty piece");
        } else if (Character.isHighSurrogate(text.charAt(text.length() - 1))) {
            violations.add("given half a character");
        }
        pieces.add(text);
        first.countDown();
        inside.decrementAndGet();
    }

    /** Says that the call has ended: from now on no piece may come. */
    public void close() {
        closed = true;
    }

    /** {@return the pieces, in order} */
    public List<String> pieces() {
        return List.copyOf(pieces);
    }

    /** {@return the pieces as one text} */
    public String text() {
        return String.join("", pieces);
    }

    /** {@return what was against the promises of a sink, in words; empty if nothing was} */
    public List<String> violations() {
        return List.copyOf(violations);
    }

    /** {@return opened by the first piece} */
    public CountDownLatch first() {
        return first;
    }
}
