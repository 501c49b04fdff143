package io.github.tandem4j.testkit;

import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Remembers the pieces of an answer, and whether they came as {@link TokenSink} promises. Thread-safe. */
public final class RecordingSink implements TokenSink {

    private final TokenSink next;
    private final List<String> pieces = new CopyOnWriteArrayList<>();
    private final List<Float> logProbabilities = new CopyOnWriteArrayList<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final AtomicInteger inside = new AtomicInteger();
    private final CountDownLatch first = new CountDownLatch(1);
    private volatile boolean closed;

    /** A sink that has heard nothing yet. */
    public RecordingSink() {
        this(NONE);
    }

    /** A sink that hands each piece on once it is remembered, to one that is slow, say, or that throws. */
    public RecordingSink(TokenSink next) {
        this.next = Objects.requireNonNull(next, "next");
    }

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
        try {
            next.accept(text);
        } finally {
            inside.decrementAndGet();
        }
    }

    @Override
    public void accept(String text, TokenScores scores) {
        for (int i = 0; i < scores.size(); i++) {
            logProbabilities.add(scores.logProbability(i));
        }
        accept(text);
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

    /** {@return the natural log-probabilities that came with the pieces, token by token; empty if none came} */
    public List<Float> logProbabilities() {
        return List.copyOf(logProbabilities);
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
