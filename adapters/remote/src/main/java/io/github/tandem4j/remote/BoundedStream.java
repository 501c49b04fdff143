package io.github.tandem4j.remote;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Refuses to read more than an answer may have. LangChain4j's parsers read a stream line by line into memory, however
 * long a line is, and collect the lines of an event; so the bound on both is kept here, under them.
 */
final class BoundedStream extends FilterInputStream {

    private final HttpFailures failures;
    private final long mostBytes;
    private final long mostEventBytes;
    private final boolean eventsAreLines;
    private long bytes;
    private long eventBytes;
    private boolean lineIsEmpty = true;
    private byte previous;

    private BoundedStream(
            InputStream body, HttpFailures failures, long mostBytes, long mostEventBytes, boolean eventsAreLines) {
        super(body);
        this.failures = failures;
        this.mostBytes = mostBytes;
        this.mostEventBytes = mostEventBytes;
        this.eventsAreLines = eventsAreLines;
    }

    /** A body that is read at once. */
    static BoundedStream whole(InputStream body, HttpFailures failures, Limits limits) {
        return new BoundedStream(body, failures, limits.responseBytes(), limits.responseBytes(), true);
    }

    /** A stream of events, of which each ends with an empty line, or with its line where lines are JSON objects. */
    static BoundedStream events(InputStream body, HttpFailures failures, Limits limits, boolean eventsAreLines) {
        return new BoundedStream(body, failures, limits.responseBytes(), limits.eventBytes(), eventsAreLines);
    }

    @Override
    public int read() throws IOException {
        int next = in.read();
        if (next >= 0) {
            count((byte) next);
        }
        return next;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int read = in.read(target, offset, length);
        for (int i = 0; i < read; i++) {
            count(target[offset + i]);
        }
        return read;
    }

    @Override
    public long skip(long count) {
        return 0;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    private void count(byte next) {
        if (++bytes > mostBytes) {
            throw failures.ofLength("an answer", mostBytes);
        }
        boolean endsLine = next == '\r' || (next == '\n' && previous != '\r');
        previous = next;
        if (endsLine) {
            eventBytes = eventsAreLines || lineIsEmpty ? 0 : eventBytes + 1;
            lineIsEmpty = true;
        } else if (next != '\n') {
            lineIsEmpty = false;
            if (++eventBytes > mostEventBytes) {
                throw failures.ofLength("an event of a stream", mostEventBytes);
            }
        }
    }
}
