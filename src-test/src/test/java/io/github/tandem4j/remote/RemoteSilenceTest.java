package io.github.tandem4j.remote;

import static io.github.tandem4j.ModelCapability.TOKEN_SCORES;
import static io.github.tandem4j.remote.Loopback.QUESTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.Request;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackServer;
import io.github.tandem4j.loopback.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream that has begun and goes silent is cut, long before the call's whole time is over. */
@Timeout(120)
class RemoteSilenceTest {

    private LoopbackServer server;

    @BeforeEach
    void start() {
        server = LoopbackServer.answering("A friend of yours.");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RemoteEndpoint endpoint(Protocol protocol, Duration idle) {
        return Loopback.endpoint(protocol, server).idleTimeout(idle).build();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aStreamThatGoesSilentIsCut(Protocol protocol) throws InterruptedException {
        server.fault(Fault.stallInside(2));

        TransientException failure =
                Loopback.failure(TransientException.class, endpoint(protocol, Duration.ofMillis(300)), true, server);

        assertThat(failure).hasMessageContaining("went silent").hasMessageContaining("idle timeout of PT0.3S");
        assertThat(failure.isRetriable()).isTrue();
        server.awaitHangUp();
    }

    /** An idle timeout that a busy machine does not exceed by itself; what is tested lasts a little longer. */
    private static final Duration SILENCE = Duration.ofSeconds(2);

    private static final Duration LONGER = Duration.ofMillis(2_300);

    @TestFactory
    Stream<DynamicTest> pingsKeepAStreamAlive() {
        server.fault(Fault.pings(1, 10, LONGER.dividedBy(10))); // silent for longer than the limit, but for the pings
        return AtOnce.tests(List.of(Protocol.values()), protocol -> {
            List<String> pieces = new ArrayList<>();

            assertThat(endpoint(protocol, SILENCE)
                            .answer(Request.of(QUESTION), pieces::add)
                            .text())
                    .isEqualTo("A friend of yours.");
            assertThat(pieces).containsExactly("A ", "friend ", "of ", "yours.");
        });
    }

    @TestFactory
    Stream<DynamicTest> theTimeBeforeTheStreamIsNoSilence() {
        server.fault(Fault.slow(LONGER));
        return AtOnce.tests(
                List.of(Protocol.values()),
                protocol -> assertThat(endpoint(protocol, SILENCE)
                                .answer(Request.of(QUESTION), Loopback.LISTENING)
                                .text())
                        .isEqualTo("A friend of yours."));
    }

    @TestFactory
    Stream<DynamicTest> neitherTheTimeBeforeTheFirstPieceNorTheReadersIsTheSendersSilence() {
        return AtOnce.tests(
                List.of(true, false),
                reading -> requireNoSilence(reading ? Duration.ZERO : LONGER, reading ? LONGER : Duration.ZERO));
    }

    /**
     * The server says nothing between its headers and the first piece, and while the reader is busy, and goes on as soon as
     * it is not.
     */
    private static void requireNoSilence(Duration beforeTheFirst, Duration reading) throws Exception {
        CountDownLatch paused = new CountDownLatch(1);
        try (ServerSocket raw = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            FutureTask<Socket> twoHalves = new FutureTask<>(() -> {
                Socket connection = raw.accept();
                connection.getInputStream().read();
                write(connection, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
                pause(beforeTheFirst);
                write(connection, event("{\"content\":\"A friend \"}", "null"));
                paused.await();
                pause(Duration.ofMillis(300)); // so that the reader, back from its pause, has to wait
                write(connection, event("{\"content\":\"of yours.\"}", "\"stop\"") + "data: [DONE]\n\n");
                connection.shutdownOutput();
                return connection;
            });
            new Thread(twoHalves).start();
            RemoteEndpoint endpoint = RemoteEndpoint.openAi()
                    .baseUrl("http://127.0.0.1:" + raw.getLocalPort())
                    .model("own")
                    .cannot(TOKEN_SCORES)
                    .idleTimeout(SILENCE)
                    .build();

            assertThat(endpoint.answer(Request.of(QUESTION), piece -> {
                                if (paused.getCount() > 0) {
                                    pause(reading);
                                    paused.countDown();
                                }
                            })
                            .text())
                    .isEqualTo("A friend of yours.");
            twoHalves.get().close();
        }
    }

    @TestFactory
    Stream<DynamicTest> anErrorThatGoesSilentIsToldByItsStatus() {
        return AtOnce.tests(List.of("", "{\"error\""), RemoteSilenceTest::requireStatusOfAnErrorOf);
    }

    private static void requireStatusOfAnErrorOf(String begun) throws Exception {
        try (ServerSocket raw = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            FutureTask<Socket> partOfAnError = new FutureTask<>(() -> {
                Socket connection = raw.accept();
                connection.getInputStream().read();
                write(
                        connection,
                        "HTTP/1.1 401 No\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n" + begun);
                return connection;
            });
            Thread server = new Thread(partOfAnError);
            server.start();
            RemoteEndpoint reasons = RemoteEndpoint.openAi()
                    .baseUrl("http://127.0.0.1:" + raw.getLocalPort())
                    .model("own")
                    .reasoning() // and so without an idle timeout
                    .build();

            assertThat(catchThrowable(() -> reasons.answer(Request.of(QUESTION).deadline(Duration.ofSeconds(60)))))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("HTTP 401");
            partOfAnError.get().close();
        }
    }

    @Test
    void aShortIdleTimeoutIsAllThatTheWordsOfAnErrorGet() {
        Duration half = Duration.ofMillis(500);

        assertThat(Loopback.endpoint(Protocol.OPEN_AI, server)
                        .idleTimeout(half)
                        .limits()
                        .errorBody())
                .isEqualTo(half);
        assertThat(Loopback.endpoint(Protocol.OPEN_AI, server).limits().errorBody())
                .isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void aDeadlineThatComesFirstIsTheOneThatIsTold() {
        server.fault(Fault.stallInside(1));

        assertThat(catchThrowable(() -> endpoint(Protocol.OPEN_AI, Duration.ofSeconds(60))
                        .answer(Request.of(QUESTION).deadline(Duration.ofMillis(300)), Loopback.LISTENING)))
                .isInstanceOf(DeadlineExceededException.class);
    }

    @Test
    void aTimeoutThatComesFirstIsTheOneThatIsTold() throws InterruptedException {
        server.fault(Fault.stallInside(1));
        RemoteEndpoint endpoint = Loopback.endpoint(Protocol.OPEN_AI, server)
                .timeout(Duration.ofMillis(300))
                .build();

        assertThat(Loopback.failure(TransientException.class, endpoint, true, server))
                .hasMessageContaining("timeout of PT0.3S")
                .hasMessageNotContaining("idle");
    }

    @Test
    void aModelThatReasonsMayBeSilentWhileItDoes() {
        assertThat(Loopback.endpoint(Protocol.OPEN_AI, server).limits().idle()).isEqualTo(Duration.ofMinutes(1));
        assertThat(Loopback.endpoint(Protocol.OPEN_AI, server)
                        .reasoning()
                        .limits()
                        .idle())
                .isNull();
        assertThat(Loopback.endpoint(Protocol.OPEN_AI, server)
                        .reasoning()
                        .idleTimeout(Duration.ofMinutes(5))
                        .limits()
                        .idle())
                .isEqualTo(Duration.ofMinutes(5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "P2D"})
    void refusesAnIdleTimeoutThatIsNone(Duration idle) {
        assertThatThrownBy(() -> endpoint(Protocol.OLLAMA, idle))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("idle timeout of watchman is " + idle);
    }

    private static void write(Socket connection, String text) throws IOException {
        connection.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String event(String delta, String finishReason) {
        return "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finishReason
                + "}]}\n\n";
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
