package io.github.tandem4j.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the JDK's client is told when a body is closed. */
class ResponseBodyClosingTest {

    private final AtomicInteger cancelled = new AtomicInteger();
    private final ResponseBody body = new ResponseBody(System.nanoTime() + TimeUnit.MINUTES.toNanos(1), null);

    private void begin() {
        body.onSubscribe(new Subscription() {
            @Override
            public void request(long batches) {}

            @Override
            public void cancel() {
                cancelled.incrementAndGet();
            }
        });
        body.onNext(List.of(ByteBuffer.wrap("whole".getBytes(UTF_8))));
    }

    /** Its connection may serve another call by then, which the client would cut off. */
    @Test
    void closingABodyThatHasEndedCancelsNothing() throws IOException {
        begin();
        body.onComplete();
        assertThat(body.readAllBytes()).asString(UTF_8).isEqualTo("whole");
        body.close();
        assertThat(cancelled).hasValue(0);
    }

    @Test
    void closingABodyThatHasFailedCancelsNothing() {
        begin();
        body.onError(new IOException("reset"));
        assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class).hasMessage("reset");
        body.close();
        assertThat(cancelled).hasValue(0);
    }

    @Test
    void closingABodyThatGoesOnCutsTheExchange() throws IOException {
        begin();
        assertThat(body.read()).isEqualTo('w');
        body.close();
        assertThat(cancelled).hasValue(1);
    }
}
