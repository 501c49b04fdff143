package io.github.tandem4j.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long a body may be read. */
@Timeout(60)
class ResponseBodyTest {

    private final AtomicBoolean cut = new AtomicBoolean();

    private ResponseBody open(long endNanos) {
        ResponseBody body = new ResponseBody(endNanos, null);
        body.onSubscribe(new Subscription() {
            @Override
            public void request(long batches) {}

            @Override
            public void cancel() {
                cut.set(true);
            }
        });
        return body;
    }

    private static List<ByteBuffer> batch(String text) {
        return List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void aBodyWhoseTimeIsOverIsCutAlthoughMoreOfItWaits() {
        ResponseBody body = open(System.nanoTime() - 1);
        body.onNext(batch("more"));

        assertThatThrownBy(body::read).isInstanceOf(HttpTimeoutException.class);
        assertThat(cut).isTrue();
    }

    @Test
    void aSenderThatNeverRestsGetsNoMoreThanTheTime() {
        long start = System.nanoTime();
        ResponseBody body = open(start + Duration.ofMillis(50).toNanos());

        assertThatThrownBy(() -> {
                    while (System.nanoTime() - start < Duration.ofSeconds(30).toNanos()) {
                        body.onNext(batch("x"));
                        body.read();
                    }
                })
                .isInstanceOf(HttpTimeoutException.class);
    }

    @Test
    void aBodyThatHasBeenReadToItsEndHasEndedWhateverTheTime() throws IOException {
        ResponseBody body = open(System.nanoTime() - 1);
        body.onComplete();

        assertThat(body.read()).isEqualTo(-1);
        assertThat(cut).isFalse();
    }
}
