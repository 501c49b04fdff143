package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.EndpointClosedException;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls of one endpoint at the same time: who runs, who waits, who is refused, and that all get their own answers. */
@Timeout(60)
class OnnxConcurrencyTest {
    @TempDir
    static Path place;

    private static Path directory;

    private final CountDownLatch gate = new CountDownLatch(1);

    @SuppressWarnings("NullAway.Init") // each test opens it its own way
    private OnnxEndpoint endpoint;

    @BeforeAll
    static void write() throws IOException {
        directory = TinyLlama.of(TensorType.F32).importInto(place, Weights.EXACT);
    }

    private OnnxEndpoint open(int running, int waiting) {
        endpoint = OnnxEndpoint.builder(directory)
                .id("tiny")
                .threads(1)
                .concurrency(running, waiting)
                .decoding(Decoding.greedy().maxTokens(24).pastTurnEnds())
                .open();
        return endpoint;
    }

    @AfterEach
    void close() {
        gate.countDown();
        if (endpoint != null) {
            endpoint.close();
        }
    }

    /** An answer whose listener holds it up until the gate opens; given once it is inside. */
    private CompletableFuture<Reply> heldUp() {
        CompletableFuture<Void> inside = new CompletableFuture<>();
        CompletableFuture<Reply> reply = endpoint.answerAsync(Request.of("Hello"), text -> {
            inside.complete(null);
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        inside.join();
        return reply;
    }

    private void awaitWaiting(int count) throws InterruptedException {
        while (endpoint.model().admission().waiting() != count) {
            Thread.sleep(1);
        }
    }

    private static TandemException failure(CompletableFuture<?> call) {
        return (TandemException) call.handle((result, e) -> e.getCause() == null ? e : e.getCause())
                .join();
    }

    @Test
    void aCallThatFindsNoPlaceToWaitIsRefusedAsWhatMayPassAndReadingsAreCallsToo() throws InterruptedException {
        open(1, 1);
        CompletableFuture<Reply> running = heldUp();
        CompletableFuture<Reply> waiting = endpoint.answerAsync(Request.of("there"));
        awaitWaiting(1);
        assertThatThrownBy(() -> endpoint.answer("you"))
                .isInstanceOf(TransientException.class)
                .hasMessageContaining("tiny runs 1 calls at once and lets 1 wait");
        assertThatThrownBy(() -> endpoint.evidence(EvidenceKey.NEXT_TOKEN, Request.of("you")))
                .isInstanceOf(TransientException.class);
        assertThatThrownBy(() -> endpoint.model().score("some text", 8, done -> {}))
                .isInstanceOf(TransientException.class);
        assertThatThrownBy(() -> endpoint.model().score("some text", List.of("a", "b")))
                .isInstanceOf(TransientException.class);
        gate.countDown();
        assertThat(running.join().text()).isNotEmpty();
        assertThat(waiting.join().text()).isNotEmpty();
        assertThat(endpoint.answer("you").text()).isNotEmpty();
    }

    @Test
    void aTenantsFloodLetsAnotherTenantIn() throws InterruptedException {
        open(1, 2);
        CompletableFuture<Reply> unused = heldUp();
        Request flood = Request.of("there").tenant("a");
        List<CompletableFuture<Reply>> calls = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            calls.add(endpoint.answerAsync(flood));
            awaitWaiting(i);
        }
        CompletableFuture<Reply> other = endpoint.answerAsync(Request.of("you").tenant("b"));
        assertThat(failure(calls.get(1))).isInstanceOf(TransientException.class);
        gate.countDown();
        assertThat(other.join().text()).isNotEmpty();
        assertThat(calls.get(0).join().text()).isNotEmpty();
    }

    @Test
    void cancellationDeadlineAndClosingEndTheWaiting() throws InterruptedException {
        open(1, 5);
        CompletableFuture<Reply> running = heldUp();
        Cancellation cancellation = Cancellation.create();
        CompletableFuture<Reply> cancelled =
                endpoint.answerAsync(Request.of("a").cancelledBy(cancellation));
        awaitWaiting(1);
        cancellation.cancel();
        assertThat(failure(cancelled)).isInstanceOf(CallCancelledException.class);

        CompletableFuture<Reply> late = endpoint.answerAsync(Request.of("b").deadline(Duration.ofMillis(30)));
        assertThat(failure(late)).isInstanceOf(DeadlineExceededException.class);
        CallContext bare = Request.of("b").deadline(Duration.ofMillis(30)).context();
        assertThatThrownBy(
                        () -> endpoint.model().generate("b", Decoding.greedy().maxTokens(2), bare, TokenSink.NONE))
                .isInstanceOf(DeadlineExceededException.class);
        awaitWaiting(0);

        CompletableFuture<Reply> waiting = endpoint.answerAsync(Request.of("c"));
        awaitWaiting(1);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(endpoint::close);
        assertThat(failure(waiting)).isInstanceOf(EndpointClosedException.class);
        gate.countDown();
        closing.join();
        assertThat(running.handle((reply, e) -> true).join())
                .as("it ends, one way or the other")
                .isTrue();
    }

    @Test
    void aSinkMayCallTheSameModel() {
        open(1, 0);
        AtomicReference<String> inner = new AtomicReference<>("");
        Reply outer = endpoint.answer(Request.of("Hello"), text -> {
            if ("".equals(inner.get())) {
                inner.set(endpoint.answer("there").text());
            }
        });
        assertThat(inner.get()).isEqualTo(endpoint.answer("there").text());
        assertThat(outer.text()).isEqualTo(endpoint.answer("Hello").text());
    }

    @Test
    void eachOfManyCallersGetsItsOwnAnswer() throws Exception {
        open(4, 64);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            expected.add(endpoint.answer(prompt(i)).text());
        }
        ExecutorService callers = Executors.newFixedThreadPool(8);
        List<Future<String>> answers = new ArrayList<>();
        for (int i = 0; i < 96; i++) {
            int which = i % 12;
            answers.add(callers.submit(() -> endpoint.answer(prompt(which)).text()));
        }
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i).get()).isEqualTo(expected.get(i % 12));
        }
        callers.shutdown();
        assertThat(endpoint.model().batch().runs()).isPositive();
        assertThat(endpoint.model().batch().hasRows()).isFalse();
    }

    private static String prompt(int which) {
        return "Tell me of " + which + "! ".repeat(1 + 17 * which);
    }

    @Test
    void samplingTogetherDrawsWhatSamplingAloneDraws() throws Exception {
        open(4, 64);
        Decoding decoding =
                Decoding.greedy().temperature(1).seed(11).maxTokens(40).pastTurnEnds();
        Decoding greedy = Decoding.greedy().maxTokens(40).pastTurnEnds();
        Generation drawn = endpoint.model().generate("Hello", decoding);
        Generation best = endpoint.model().generate("there", greedy);
        for (int round = 0; round < 5; round++) {
            CompletableFuture<Generation> one =
                    CompletableFuture.supplyAsync(() -> endpoint.model().generate("Hello", decoding));
            assertThat(endpoint.model().generate("there", greedy).tokenIds()).isEqualTo(best.tokenIds());
            assertThat(one.get().tokenIds()).isEqualTo(drawn.tokenIds());
        }
    }

    @Test
    void valuesThatMakeNoSenseAreRefused() {
        OnnxEndpoint.Builder builder = OnnxEndpoint.builder(directory);
        assertThatThrownBy(() -> builder.concurrency(0, 1)).hasMessageContaining("valid: 1 or more with 0 or more");
        assertThatThrownBy(() -> builder.concurrency(1, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.batching(0, 1)).hasMessageContaining("valid: 1 or more of 0 bytes or more");
        assertThatThrownBy(() -> builder.batching(1, -1)).isInstanceOf(IllegalArgumentException.class);
    }
}
