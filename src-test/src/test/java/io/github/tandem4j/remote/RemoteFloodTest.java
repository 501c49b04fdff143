package io.github.tandem4j.remote;

import static io.github.tandem4j.remote.Loopback.LISTENING;
import static io.github.tandem4j.remote.Loopback.QUESTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Request;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackAnswer;
import io.github.tandem4j.loopback.LoopbackServer;
import io.github.tandem4j.loopback.Protocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that never stops talking is stopped, and the call says so. */
@Timeout(120)
class RemoteFloodTest {

    private static final long TWO_GIGABYTES = 2L * 1024 * 1024 * 1024;

    private LoopbackServer server;

    @BeforeEach
    void start() {
        server = LoopbackServer.answering("A friend.");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private ConfigurationException flood(RemoteEndpoint endpoint, boolean streaming) throws InterruptedException {
        ConfigurationException failure = Loopback.failure(ConfigurationException.class, endpoint, streaming, server);
        assertThat(failure.isRetriable()).isFalse();
        assertThat(failure).hasMessageContaining("maxResponseBytes");
        assertThat(server.served().calls()).isZero();
        return failure;
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aBodyOfTwoGigabytesEndsAtTheLimit(Protocol protocol) throws InterruptedException {
        server.fault(Fault.huge(TWO_GIGABYTES));
        RemoteEndpoint endpoint = Loopback.endpoint(protocol, server).build();

        assertThat(flood(endpoint, false)).hasMessageContaining("an answer of more than 33554432 bytes");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void anEventOfTwoGigabytesEndsAtTheLimitOfAnEvent(Protocol protocol) throws InterruptedException {
        server.fault(Fault.huge(TWO_GIGABYTES));
        RemoteEndpoint endpoint = Loopback.endpoint(protocol, server).build();

        assertThat(flood(endpoint, true)).hasMessageContaining("an event of a stream of more than 1048576 bytes");
    }

    @ParameterizedTest
    @CsvSource({
        "OPEN_AI, EVENTS, 1000000",
        "OPEN_AI, PINGS, 1000000",
        "OPEN_AI, LINE, 31250",
        "ANTHROPIC, EVENTS, 1000000",
        "ANTHROPIC, PINGS, 1000000",
        "ANTHROPIC, LINE, 31250",
        "OLLAMA, EVENTS, 1000000",
        "OLLAMA, PINGS, 1000000",
        "OLLAMA, LINE, 31250",
    })
    void anEndlessStreamIsHungUpOn(Protocol protocol, Fault.Flood flood, long limit) throws InterruptedException {
        server.fault(Fault.endless(flood));
        RemoteEndpoint endpoint =
                Loopback.endpoint(protocol, server).maxResponseBytes(1_000_000).build();

        assertThat(flood(endpoint, true)).hasMessageContaining("more than " + limit + " bytes");
        server.awaitHangUp();
        assertThat(flood(endpoint, false)).hasMessageContaining("more than 1000000 bytes");
        server.awaitHangUp();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void headersWithoutEndEndWithTheTimeout(Protocol protocol) throws InterruptedException {
        server.fault(Fault.endlessHead(Duration.ofMillis(20)));
        RemoteEndpoint endpoint = Loopback.endpoint(protocol, server)
                .timeout(Duration.ofMillis(400))
                .build();

        for (boolean streaming : new boolean[] {false, true}) {
            assertThat(Loopback.failure(TransientException.class, endpoint, streaming, server))
                    .hasMessageContaining("PT0.4S");
            server.awaitHangUp();
        }
    }

    /** The JDK's client has a limit of its own, {@code jdk.http.maxHeaderSize}; it leaves the connection to the collector. */
    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aFloodOfHeadersEndsTheCall(Protocol protocol) {
        server.fault(Fault.endlessHead(Duration.ZERO));
        RemoteEndpoint endpoint = Loopback.endpoint(protocol, server)
                .timeout(Duration.ofSeconds(2))
                .build();

        assertThat(catchThrowableOfType(TransientException.class, () -> endpoint.answer(QUESTION)))
                .hasMessageContaining("watchman");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void whatIsWithinTheLimitPasses(Protocol protocol) {
        List<String> pieces = Collections.nCopies(20_000, "aye ");
        server.answer(request -> LoopbackAnswer.text("").withPieces(pieces));
        server.fault(Fault.huge(900_000)); // blanks before JSON are JSON
        RemoteEndpoint endpoint = Loopback.endpoint(protocol, server).build();
        List<String> streamed = new ArrayList<>();

        assertThat(endpoint.answer(QUESTION).text()).hasSize(80_000);
        assertThat(endpoint.answer(Request.of(QUESTION), streamed::add).text()).hasSize(80_000);
        assertThat(streamed).isEqualTo(pieces);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void anErrorWithoutEndIsToldByItsStatus(Protocol protocol) throws InterruptedException {
        server.fault(Fault.body(503, "application/json", " ".repeat(5_000_000)));
        RemoteEndpoint endpoint = Loopback.endpoint(protocol, server).build();

        for (boolean streaming : new boolean[] {false, true}) {
            assertThat(Loopback.failure(TransientException.class, endpoint, streaming, server))
                    .hasMessageContaining("HTTP 503");
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void theNextCallIsNotHarmed(Protocol protocol) throws InterruptedException {
        server.faults(request -> request.number() == 0 ? Fault.endless(Fault.Flood.EVENTS) : Fault.NONE);
        RemoteEndpoint endpoint =
                Loopback.endpoint(protocol, server).maxResponseBytes(100_000).build();

        flood(endpoint, true);
        assertThat(endpoint.answer(Request.of(QUESTION), LISTENING).text()).isEqualTo("A friend.");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 65_535, 1_073_741_825, Long.MAX_VALUE})
    void refusesALimitThatIsNone(long bytes) {
        assertThatThrownBy(() -> Loopback.endpoint(Protocol.OLLAMA, server)
                        .maxResponseBytes(bytes)
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("watchman is " + bytes + " bytes; valid is 65536 to 1073741824");
    }
}
