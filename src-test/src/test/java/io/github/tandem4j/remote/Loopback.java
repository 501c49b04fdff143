package io.github.tandem4j.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.loopback.LoopbackServer;
import io.github.tandem4j.loopback.Protocol;

/** Endpoints of every protocol on a loopback server, asked both ways. */
final class Loopback {

    static final String QUESTION = "Who goes there?";
    static final TokenSink LISTENING = piece -> {};

    private Loopback() {}

    /** An endpoint of the id {@code watchman}. */
    static RemoteEndpoint.Builder endpoint(Protocol protocol, LoopbackServer server) {
        RemoteEndpoint.Builder builder =
                switch (protocol) {
                    case OPEN_AI -> RemoteEndpoint.openAi().baseUrl(server.v1());
                    case ANTHROPIC ->
                        RemoteEndpoint.anthropic().baseUrl(server.v1()).apiKey("sk-loopback");
                    case OLLAMA -> RemoteEndpoint.ollama().baseUrl(server.url());
                };
        return builder.model("gpt-4o").id("watchman");
    }

    /** The failure of a call, which names the endpoint and leaves no exchange behind. */
    static <E extends TandemException> E failure(
            Class<E> type, RemoteEndpoint endpoint, boolean streaming, LoopbackServer server)
            throws InterruptedException {
        E failure = catchThrowableOfType(
                type, () -> endpoint.answer(Request.of(QUESTION), streaming ? LISTENING : TokenSink.NONE));
        assertThat(failure).isNotNull().hasMessageContaining("watchman");
        awaitIdle(server);
        return failure;
    }

    /** Waits until the server is in the middle of no exchange. */
    static void awaitIdle(LoopbackServer server) throws InterruptedException {
        for (int i = 0; i < 6_000 && server.busyConnections() > 0; i++) {
            Thread.sleep(10);
        }
        assertThat(server.busyConnections()).isZero();
    }
}
