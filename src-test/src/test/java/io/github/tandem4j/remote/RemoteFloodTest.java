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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that never stops talking is stopped, and the call says so. */
@Timeout(120)
class RemoteFloodTest {

    private static final long TWO_GIGABYTES = 2L * 1024 * 1024 * 1024;

    private LoopbackServer server;

    /** The first call loads classes for longer than others take, which have only a second. */
    @BeforeAll
    static void makeTheFirstCall() {
        try (LoopbackServer server = LoopbackServer.answering("A friend.")) {
            RemoteEndpoint endpoint =
                    Loopback.endpoint(Protocol.OPEN_AI, server).build();
            assertThat(endpoint.answer(Request.of(QUESTION), LISTENING).text()).isNotBlank();
        }
    }

    @BeforeEach
    void start() {
        server = LoopbackServer.answering("A friend.");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private interface Case {
        void test(RemoteEndpoint.Builder endpoint, LoopbackServer own) throws Exception;
    }

    /** The protocols at once, each with a server of its own. */
    private static Stream<DynamicTest> ofEachProtocol(Fault fault, Case each) {
        return AtOnce.tests(List.of(Protocol.values()), protocol -> {
            try (LoopbackServer own = LoopbackServer.answering("A friend.").fault(fault)) {
                each.test(Loopback.endpoint(protocol, own), own);
            }
        });
    }

    private static ConfigurationException flood(RemoteEndpoint endpoint, boolean streaming, LoopbackServer server)
            throws InterruptedException {
        ConfigurationException failure = Loopback.failure(ConfigurationException.class, endpoint, streaming, server);
        assertThat(failure.isRetriable()).isFalse();
        assertThat(failure).hasMessageContaining("maxResponseBytes");
        assertThat(server.served().calls()).isZero();
        return failure;
    }

    @TestFactory
    Stream<DynamicTest> aBodyOfTwoGigabytesEndsAtTheLimit() {
        return ofEachProtocol(
                Fault.huge(TWO_GIGABYTES),
                (endpoint, own) -> assertThat(flood(endpoint.build(), false, own))
                        .hasMessageContaining("an answer of more than 33554432 bytes"));
    }

    @TestFactory
    Stream<DynamicTest> anEventOfTwoGigabytesEndsAtTheLimitOfAnEvent() {
        return ofEachProtocol(
                Fault.huge(TWO_GIGABYTES),
                (endpoint, own) -> assertThat(flood(endpoint.build(), true, own))
                        .hasMessageContaining("an event of a stream of more than 1048576 bytes"));
    }

    @TestFactory
    Stream<DynamicTest> anEndlessStreamOfEventsIsHungUpOn() {
        return endless(Fault.Flood.EVENTS, 1_000_000);
    }

    @TestFactory
    Stream<DynamicTest> anEndlessStreamOfPingsIsHungUpOn() {
        return endless(Fault.Flood.PINGS, 1_000_000);
    }

    @TestFactory
    Stream<DynamicTest> anEndlessLineIsHungUpOn() {
        return endless(Fault.Flood.LINE, 31_250);
    }

    private static Stream<DynamicTest> endless(Fault.Flood flood, long limit) {
        return ofEachProtocol(Fault.endless(flood), (builder, own) -> {
            RemoteEndpoint endpoint = builder.maxResponseBytes(1_000_000).build();

            assertThat(flood(endpoint, true, own)).hasMessageContaining("more than " + limit + " bytes");
            own.awaitHangUp();
            assertThat(flood(endpoint, false, own)).hasMessageContaining("more than 1000000 bytes");
            own.awaitHangUp();
        });
    }

    @TestFactory
    Stream<DynamicTest> headersWithoutEndEndWithTheTimeout() {
        return ofEachProtocol(Fault.endlessHead(Duration.ofMillis(20)), (builder, own) -> {
            RemoteEndpoint endpoint = builder.timeout(Duration.ofSeconds(1)).build();

            for (boolean streaming : new boolean[] {false, true}) {
                assertThat(Loopback.failure(TransientException.class, endpoint, streaming, own))
                        .hasMessageContaining("PT1S");
                own.awaitHangUp();
            }
        });
    }

    /** The JDK's client has a limit of its own, {@code jdk.http.maxHeaderSize}; it leaves the connection to the collector. */
    @TestFactory
    Stream<DynamicTest> aFloodOfHeadersEndsTheCall() {
        return ofEachProtocol(Fault.endlessHead(Duration.ZERO), (builder, own) -> {
            RemoteEndpoint endpoint = builder.timeout(Duration.ofSeconds(2)).build();

            assertThat(catchThrowableOfType(TransientException.class, () -> endpoint.answer(QUESTION)))
                    .hasMessageContaining("watchman");
        });
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void whatIsWithinTheLimitPasses(Protocol protocol) {
        List<String> pieces = Collections.nCopies(5_000, "aye ");
        server.answer(request -> LoopbackAnswer.text("").withPieces(pieces));
        server.fault(Fault.huge(900_000)); // blanks before JSON are JSON
        RemoteEndpoint endpoint = Loopback.endpoint(protocol, server).build();
        List<String> streamed = new ArrayList<>();

        assertThat(endpoint.answer(QUESTION).text()).hasSize(20_000);
        assertThat(endpoint.answer(Request.of(QUESTION), streamed::add).text()).hasSize(20_000);
        assertThat(streamed).isEqualTo(pieces);
    }

    @TestFactory
    Stream<DynamicTest> anErrorWithoutEndIsToldByItsStatus() {
        Fault fault = Fault.body(503, "application/json", " ".repeat(5_000_000));
        return ofEachProtocol(fault, (builder, own) -> {
            RemoteEndpoint endpoint = builder.build();

            for (boolean streaming : new boolean[] {false, true}) {
                assertThat(Loopback.failure(TransientException.class, endpoint, streaming, own))
                        .hasMessageContaining("HTTP 503");
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> theNextCallIsNotHarmed() {
        return ofEachProtocol(Fault.endless(Fault.Flood.EVENTS), (builder, own) -> {
            RemoteEndpoint endpoint = builder.maxResponseBytes(100_000).build();

            flood(endpoint, true, own);
            own.fault(Fault.NONE);
            assertThat(endpoint.answer(Request.of(QUESTION), LISTENING).text()).isEqualTo("A friend.");
        });
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
