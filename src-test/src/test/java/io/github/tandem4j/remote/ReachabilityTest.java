package io.github.tandem4j.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.loopback.LoopbackServer;
import io.github.tandem4j.loopback.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether anybody is there, without a key, a prompt or a cost. */
@Timeout(120)
class ReachabilityTest {

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aServerThatAnswersAnythingIsReachable(Protocol protocol) {
        try (LoopbackServer server = LoopbackServer.answering("A friend.")) {
            RemoteEndpoint endpoint = Loopback.endpoint(protocol, server)
                    .apiKey("sk-very-private")
                    .build();

            assertThat(endpoint.isReachable()).isTrue(); // it answers 404
            assertThat(server.received()).isZero();
            assertThat(server.served().calls()).isZero();
            assertThat(server.probes())
                    .singleElement()
                    .satisfies(headers -> assertThat(headers.toString())
                            .doesNotContain("sk-very-private", "authorization", "x-api-key"));
        }
    }

    @Test
    void aServerThatIsGoneIsNot() throws IOException {
        int nobodysPort;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobodysPort = closed.getLocalPort();
        }
        assertThat(at("http://127.0.0.1:" + nobodysPort + "/v1").isReachable()).isFalse();
        assertThat(at("http://nowhere.invalid/v1").isReachable()).isFalse();
    }

    @Test
    void aServerThatSaysNothingInTimeIsNot() throws IOException {
        try (ServerSocket mute = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            assertThat(at("http://127.0.0.1:" + mute.getLocalPort()).isReachable(Duration.ofMillis(200)))
                    .isFalse();
        }
    }

    @Test
    void anInterruptEndsTheProbeAndIsKept() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            RemoteEndpoint endpoint = at("http://127.0.0.1:" + mute.getLocalPort());
            CompletableFuture<String> ended = new CompletableFuture<>();
            Thread caller = new Thread(() -> ended.complete(endpoint.isReachable(Duration.ofMinutes(5)) + " "
                    + Thread.currentThread().isInterrupted()));
            caller.start();
            mute.accept();
            caller.interrupt();

            assertThat(ended.get(60, TimeUnit.SECONDS)).isEqualTo("false true");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "PT11M"})
    void refusesATimeThatIsNone(Duration atMost) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> at("http://127.0.0.1:1").isReachable(atMost))
                .withMessageContaining("probe of own is " + atMost);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 65_536, 99_999, Integer.MAX_VALUE})
    void refusesAPortThatIsNone(int port) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> at("http://127.0.0.1:" + port + "/v1"))
                .withMessageContaining("base URL of own has port " + port + "; valid is 1 to 65535");
    }

    private static RemoteEndpoint at(String url) {
        return RemoteEndpoint.openAi().baseUrl(url).model("own").build();
    }
}
