package io.github.tandem4j.remote;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A response's body as a stream whose reader can always be got out of it: by an interrupt, by the end of its time, by a
 * silence that is too long, or by closing it. The JDK's own swallows interrupts on some releases of 17 and knows no time
 * limit. Leaving early cuts the exchange.
 *
 * <p>At most two batches of the JDK's buffers wait here; a slow reader slows the sender down.
 */
final class ResponseBody extends InputStream implements BodySubscriber<InputStream> {

    private static final List<ByteBuffer> END = new ArrayList<>(0);

    /** The sender has said nothing for too long. */
    static final class SilenceException extends HttpTimeoutException {

        private static final long serialVersionUID = 1;

        SilenceException() {
            super("nothing came in time");
        }
    }

    private final long endNanos;
    private final long idleNanos;
    private final BlockingQueue<List<ByteBuffer>> arrived = new LinkedBlockingQueue<>();
    private Iterator<ByteBuffer> batch = END.iterator();
    private ByteBuffer current = ByteBuffer.allocate(0);
    private boolean begun;
    private boolean ended;
    private volatile @Nullable Subscription subscription;
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;

    /**
     * A body that must have been read when {@link System#nanoTime} reaches {@code endNanos}, and of which, once it has
     * begun, no piece may be waited for longer than {@code idle}; null for no such limit. The time that the reader takes
     * over a piece is not the sender's silence.
     */
    ResponseBody(long endNanos, @Nullable Duration idle) {
        this.endNanos = endNanos;
        idleNanos = idle == null ? Long.MAX_VALUE : idle.toNanos();
    }

    @Override
    public CompletionStage<InputStream> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Subscription source) {
        subscription = source;
        if (closed) {
            source.cancel();
        } else {
            source.request(2);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        arrived.add(buffers);
    }

    @Override
    public void onError(Throwable cause) {
        failure = cause;
        arrived.add(END);
    }

    @Override
    public void onComplete() {
        arrived.add(END);
    }

    @Override
    public int read() throws IOException {
        return advance() ? current.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!advance()) {
            return -1;
        }
        int count = Math.min(length, current.remaining());
        current.get(target, offset, count);
        return count;
    }

    /** What can be read without waiting: a reader that fills its buffer stops here, so that no event waits for the next. */
    @Override
    public int available() {
        return current.remaining();
    }

    private boolean advance() throws IOException {
        while (!current.hasRemaining()) {
            if (batch.hasNext()) {
                current = batch.next();
            } else if (ended || !nextBatch()) {
                return false;
            }
        }
        return true;
    }

    private boolean nextBatch() throws IOException {
        List<ByteBuffer> next = await();
        if (closed) {
            throw new IOException("response body is closed");
        }
        if (next == END) { // by identity: a batch that happens to be empty ends nothing
            ended = true;
            Throwable cause = failure;
            if (cause != null) {
                throw cause instanceof IOException io ? io : new IOException(cause);
            }
            return false;
        }
        begun = true;
        batch = next.iterator();
        Subscription source = subscription;
        if (source != null) {
            source.request(1);
        }
        return true;
    }

    private List<ByteBuffer> await() throws IOException {
        try {
            long left = endNanos - System.nanoTime();
            boolean silenceEndsIt = begun && idleNanos < left;
            // A sender who never rests would always have something waiting.
            boolean isOver = left <= 0 && arrived.peek() != END;
            List<ByteBuffer> next =
                    isOver ? null : arrived.poll(silenceEndsIt ? idleNanos : left, TimeUnit.NANOSECONDS);
            if (next == null) {
                close();
                throw silenceEndsIt
                        ? new SilenceException()
                        : new HttpTimeoutException("the answer was not complete in time");
            }
            return next;
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while reading the answer").initCause(e);
        }
    }

    /** From any thread: whoever reads is told. */
    @Override
    public void close() {
        closed = true;
        arrived.add(END);
        Subscription source = subscription;
        if (source != null) {
            source.cancel();
        }
    }
}
