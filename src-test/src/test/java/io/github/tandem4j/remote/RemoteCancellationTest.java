package io.github.tandem4j.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackAnswer;
import io.github.tandem4j.loopback.LoopbackServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A stalled exchange ends when its call does, and the server sees the connection go. */
@Timeout(120)
class RemoteCancellationTest {

    private static final String QUESTION = "How long is forever?";
    private static final TokenSink LISTENING = piece -> {};

    /** Even on a busy machine the request has reached the server by then. */
    private static final Duration SOON = Duration.ofSeconds(1);

    private static final int INTERRUPTS = Boolean.getBoolean("tandem.thorough") ? 2_000 : 300;

    private LoopbackServer server;
    private RemoteEndpoint endpoint;

    /** The first call loads classes for as long as many others take. */
    @BeforeAll
    static void makeTheFirstCall() {
        try (LoopbackServer server = server()) {
            assertThat(endpoint(server)
                            .build()
                            .answer(Request.of(QUESTION), LISTENING)
                            .text())
                    .isNotBlank();
        }
    }

    private static LoopbackServer server() {
        return LoopbackServer.answering("Sometimes just one second.");
    }

    private static RemoteEndpoint.Builder endpoint(LoopbackServer server) {
        return RemoteEndpoint.openAi().baseUrl(server.v1()).model("rabbit");
    }

    @BeforeEach
    void start() {
        server = server();
        endpoint = endpoint(server).build();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private record Stall(String where, Fault fault, TokenSink sink) {
        @Override
        public String toString() {
            return where;
        }
    }

    static List<Stall> stalls() {
        return List.of(
                new Stall("blocking, before the headers", Fault.stallBefore(), TokenSink.NONE),
                new Stall("blocking, inside the body", Fault.stallInside(0), TokenSink.NONE),
                new Stall("streaming, before the headers", Fault.stallBefore(), LISTENING),
                new Stall("streaming, before the first event", Fault.stallInside(0), LISTENING),
                new Stall("streaming, after two events", Fault.stallInside(2), LISTENING));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("stalls")
    void cancellingFromAnotherThreadCutsAStalledExchange(Stall stall) throws Exception {
        server.fault(stall.fault);
        Cancellation cancellation = Cancellation.create();
        CompletableFuture<Throwable> ended = CompletableFuture.supplyAsync(() ->
                catchThrowable(() -> endpoint.answer(Request.of(QUESTION).cancelledBy(cancellation), stall.sink)));

        server.awaitStall();
        cancellation.cancel();

        assertThat(ended.get(60, TimeUnit.SECONDS))
                .isInstanceOf(CallCancelledException.class)
                .hasMessageContaining("rabbit");
        server.awaitHangUp();
    }

    @TestFactory
    Stream<DynamicTest> aDeadlineEndsAStalledExchange() {
        return AtOnce.tests(stalls(), stall -> {
            try (LoopbackServer own = server().fault(stall.fault)) {
                RemoteEndpoint asked = endpoint(own).build();

                assertThat(catchThrowable(
                                () -> asked.answer(Request.of(QUESTION).deadline(SOON), stall.sink)))
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageContaining("rabbit");
                assertThat(Thread.interrupted()).isFalse();
                own.awaitHangUp();
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> theEndpointsTimeoutEndsAStalledExchange() {
        return AtOnce.tests(stalls(), stall -> {
            try (LoopbackServer own = server().fault(stall.fault)) {
                RemoteEndpoint impatient = endpoint(own).timeout(SOON).build();

                assertThat(catchThrowable(() -> impatient.answer(Request.of(QUESTION), stall.sink)))
                        .isInstanceOf(TransientException.class)
                        .hasMessageContaining("PT1S")
                        .hasMessageContaining("rabbit");
                own.awaitHangUp();
            }
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("stalls")
    void anInterruptEndsAStalledExchange(Stall stall) throws Exception {
        server.fault(stall.fault);
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            Throwable failure = catchThrowable(() -> endpoint.answer(Request.of(QUESTION), stall.sink));
            ended.complete(Thread.currentThread().isInterrupted() ? failure : new AssertionError("interrupt lost"));
        });
        caller.start();

        server.awaitStall();
        caller.interrupt();

        assertThat(ended.get(60, TimeUnit.SECONDS)).isInstanceOf(CallCancelledException.class);
        server.awaitHangUp();
    }

    /** The JDK's client loses a response that comes while its caller is being interrupted, and leaves it open. */
    @Test
    void anInterruptAsTheHeadersComeLeavesNoConnectionBehind() throws Exception {
        server.fault(Fault.stallInside(0));
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < INTERRUPTS; i++) {
            TokenSink sink = i % 2 == 0 ? TokenSink.NONE : LISTENING;
            Thread caller =
                    new Thread(() -> failures.add(catchThrowable(() -> endpoint.answer(Request.of(QUESTION), sink))));
            caller.start();
            server.awaitStall();
            caller.interrupt();
            caller.join();
        }
        assertThat(failures).hasSize(INTERRUPTS).hasOnlyElementsOfType(CallCancelledException.class);
        Loopback.awaitIdle(server);
    }

    @Test
    void cancellingTheFutureOfAnAsynchronousCallCutsIt() throws Exception {
        server.fault(Fault.stallInside(1));
        var call = endpoint.answerAsync(Request.of(QUESTION), LISTENING);

        server.awaitStall();
        call.cancel(true);

        server.awaitHangUp();
    }

    @Test
    void aSinkThatThrowsStopsTheStream() throws Exception {
        server.fault(Fault.stallInside(3));
        List<String> pieces = new ArrayList<>();

        PluginException failure = catchThrowableOfType(
                PluginException.class,
                () -> endpoint.answer(Request.of(QUESTION), piece -> {
                    pieces.add(piece);
                    if (pieces.size() == 2) {
                        throw new IllegalStateException("the reader left");
                    }
                }));

        assertThat(failure).hasMessageContaining("rabbit").hasMessageContaining("the reader left");
        assertThat(pieces).containsExactly("Sometimes ", "just ");
        server.awaitHangUp();
    }

    @Test
    void aSinkThatThrowsHangsUpOnAServerThatIsStillSending() throws Exception {
        int events = 100_000; // far more than the buffers of a connection hold
        server.answer(request -> LoopbackAnswer.text("on and ".repeat(events / 2)));
        server.fault(Fault.stallInside(events));

        assertThat(catchThrowable(() -> endpoint.answer(Request.of(QUESTION), piece -> {
                    throw new IllegalStateException("the reader left");
                })))
                .isInstanceOf(PluginException.class);
        server.awaitHangUp();
    }

    @Test
    void aSinkThatSwallowsTheInterruptCannotKeepACancelledCallAlive() throws Exception {
        server.fault(Fault.stallInside(1));
        Cancellation cancellation = Cancellation.create();

        assertThat(catchThrowable(() -> endpoint.answer(Request.of(QUESTION).cancelledBy(cancellation), piece -> {
                    cancellation.cancel();
                    assertThat(Thread.interrupted()).isTrue();
                })))
                .isInstanceOf(CallCancelledException.class);
        server.awaitHangUp();
    }

    @Test
    void aSinkMayMakeCallsOfItsOwn() throws Exception {
        server.faults(request -> request.number() == 0 ? Fault.stallInside(1) : Fault.NONE);
        Cancellation cancellation = Cancellation.create();
        List<String> inner = new ArrayList<>();
        CompletableFuture<Throwable> ended = CompletableFuture.supplyAsync(() -> catchThrowable(() -> endpoint.answer(
                Request.of(QUESTION).cancelledBy(cancellation),
                piece -> inner.add(endpoint.answer(QUESTION).text()))));

        server.awaitStall();
        cancellation.cancel();

        assertThat(ended.get(60, TimeUnit.SECONDS)).isInstanceOf(CallCancelledException.class);
        server.awaitHangUp();
    }

    @Test
    void aSinkMayCancelItsOwnCall() {
        Cancellation cancellation = Cancellation.create();
        List<String> pieces = new ArrayList<>();
        server.fault(Fault.stallInside(1));

        assertThat(catchThrowable(() -> endpoint.answer(Request.of(QUESTION).cancelledBy(cancellation), piece -> {
                    pieces.add(piece);
                    cancellation.cancel();
                })))
                .isInstanceOf(CallCancelledException.class);
        assertThat(pieces).containsExactly("Sometimes ");
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void manyCallsShareOneEndpoint() throws InterruptedException, ExecutionException {
        List<CompletableFuture<String>> calls = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            TokenSink sink = i % 2 == 0 ? TokenSink.NONE : LISTENING;
            calls.add(CompletableFuture.supplyAsync(
                    () -> endpoint.answer(Request.of(QUESTION), sink).text()));
        }
        for (CompletableFuture<String> call : calls) {
            assertThat(call.get()).isEqualTo("Sometimes just one second.");
        }
        assertThat(server.requests()).hasSize(200);
    }
}
