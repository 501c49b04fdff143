package io.github.tandem4j.remote;

import static io.github.tandem4j.remote.Loopback.QUESTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackAnswer;
import io.github.tandem4j.loopback.LoopbackServer;
import io.github.tandem4j.loopback.Protocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every fault, with every protocol, both ways: what it is told as, and that nothing is left of it. */
@Timeout(300)
class RemoteFaultsTest {

    private static final String ANSWER = "A friend of yours.";

    private record Case(String name, Fault fault, Class<? extends TandemException> failure, boolean streamOnly) {}

    private record Stall(Protocol protocol, Fault fault, boolean streaming) {}

    private static final List<Case> CASES = List.of(
            new Case("too many requests", Fault.rateLimit("3"), TransientException.class, false),
            new Case("500", Fault.status(500, "server_error", "oops"), TransientException.class, false),
            new Case("503", Fault.body(503, "text/html", "<html>"), TransientException.class, false),
            new Case("cut before", Fault.cutBefore(), TransientException.class, false),
            new Case("cut at the start", Fault.cutInside(0), TransientException.class, false),
            new Case("cut inside", Fault.cutInside(1), TransientException.class, false),
            new Case("malformed body", Fault.malformed(), TransientException.class, false),
            new Case("malformed event", Fault.badEvent(1, "{\"choices\":[{"), TransientException.class, true),
            new Case("early end", Fault.endEarly(1), TransientException.class, true),
            new Case("wrong type", Fault.wrongType(), ConfigurationException.class, false),
            new Case("endless events", Fault.endless(Fault.Flood.EVENTS), ConfigurationException.class, false),
            new Case("endless line", Fault.endless(Fault.Flood.LINE), ConfigurationException.class, false),
            new Case("huge", Fault.huge(1L << 32), ConfigurationException.class, false));

    static Stream<Arguments> faults() {
        List<Arguments> all = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            for (Case one : CASES) {
                all.add(Arguments.of(protocol, one.name, true, one));
                if (!one.streamOnly) {
                    all.add(Arguments.of(protocol, one.name, false, one));
                }
            }
        }
        return all.stream();
    }

    private static RemoteEndpoint endpoint(Protocol protocol, LoopbackServer server) {
        return Loopback.endpoint(protocol, server).maxResponseBytes(100_000).build();
    }

    @ParameterizedTest(name = "{0}, {1}, streaming {2}")
    @MethodSource("faults")
    void isToldAsWhatItIsAndLeavesNothingBehind(Protocol protocol, String name, boolean streaming, Case one)
            throws InterruptedException {
        Set<String> before = threads();
        try (LoopbackServer server = LoopbackServer.answering(ANSWER).fault(one.fault)) {
            requireFailure(one.failure, endpoint(protocol, server), protocol, streaming, server);
        }
        requireNoThreadBut(before);
    }

    /** All at once, since they wait; so long that a busy machine has sent its request by then. */
    @TestFactory
    Stream<DynamicTest> aStallIsToldAsATimeoutAndLeavesNothingBehind() {
        Set<String> before = threads();
        List<Stall> stalls = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            for (Fault fault : List.of(Fault.stallBefore(), Fault.stallInside(1))) {
                stalls.add(new Stall(protocol, fault, true));
                stalls.add(new Stall(protocol, fault, false));
            }
        }
        Stream<DynamicTest> all = AtOnce.tests(stalls, stall -> {
            try (LoopbackServer server = LoopbackServer.answering(ANSWER).fault(stall.fault)) {
                RemoteEndpoint endpoint = Loopback.endpoint(stall.protocol, server)
                        .timeout(Duration.ofSeconds(2))
                        .build();
                requireFailure(TransientException.class, endpoint, stall.protocol, stall.streaming, server);
            }
        });
        return Stream.concat(all, Stream.of(dynamicTest("no thread is left", () -> requireNoThreadBut(before))));
    }

    private static void requireFailure(
            Class<? extends TandemException> type,
            RemoteEndpoint endpoint,
            Protocol protocol,
            boolean streaming,
            LoopbackServer server)
            throws InterruptedException {
        TandemException failure = Loopback.failure(type, endpoint, streaming, server);

        assertThat(failure.isRetriable()).isEqualTo(type == TransientException.class);
        assertThat(server.received()).isEqualTo(1);
        assertThat(server.served()).isEqualTo(new LoopbackServer.Served(0, 0, 0));
        server.fault(Fault.NONE);
        assertThat(endpoint(protocol, server).answer(QUESTION).text()).isEqualTo(ANSWER);
        assertThat(server.served().calls()).isEqualTo(1);
    }

    private static void requireNoThreadBut(Set<String> before) {
        assertThat(threads())
                .allMatch(thread ->
                        before.contains(thread) || thread.startsWith("loopback") || thread.startsWith(AtOnce.THREAD));
    }

    /** An HTTP client's are told by the client alone, {@code HttpClient-1}, since it may have more or fewer. */
    private static Set<String> threads() {
        SharedHttpClient.get(); // so that it is among them: all endpoints share it
        return Thread.getAllStackTraces().keySet().stream()
                .map(thread -> thread.getName().replaceFirst("^(HttpClient-\\d+)-.*", "$1"))
                .collect(Collectors.toSet());
    }

    @Test
    void anAnswerOfOpenAisThatLacksOnlyItsLastLineIsWhole() {
        int done = 6; // four pieces, the finish reason and the usage come before it
        try (LoopbackServer server = LoopbackServer.answering(ANSWER).fault(Fault.endEarly(done))) {
            Reply reply = endpoint(Protocol.OPEN_AI, server).answer(Request.of(QUESTION), Loopback.LISTENING);

            assertThat(reply.text()).isEqualTo(ANSWER);
            assertThat(reply.cost().outputTokens()).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void noCallIsLostAnsweredTwiceOrUnaccountedFor(Protocol protocol) throws InterruptedException {
        int calls = 600;
        try (LoopbackServer server = LoopbackServer.answering(request ->
                        LoopbackAnswer.text("echo of " + request.prompt()).withUsage(7, 3))
                .keepRequests(10)
                .faults(request -> fault(request.number()))) {
            RemoteEndpoint endpoint = endpoint(protocol, server);
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                String prompt = "call " + i;
                TokenSink sink = i % 2 == 0 ? TokenSink.NONE : Loopback.LISTENING;
                replies.add(CompletableFuture.supplyAsync(() -> endpoint.answer(Request.of(prompt), sink)));
            }
            long answered = 0;
            long input = 0;
            long output = 0;
            for (int i = 0; i < calls; i++) {
                Reply reply = replies.get(i).exceptionally(failure -> null).join();
                if (reply != null) {
                    assertThat(reply.text()).isEqualTo("echo of call " + i);
                    answered++;
                    input += reply.cost().inputTokens();
                    output += reply.cost().outputTokens();
                }
            }
            Loopback.awaitIdle(server);

            assertThat(server.received()).isEqualTo(calls);
            assertThat(server.requests()).hasSize(10);
            assertThat(answered).isBetween(1L, calls - 1L);
            assertThat(server.served()).isEqualTo(new LoopbackServer.Served(answered, input, output));
        }
    }

    private static Fault fault(int number) {
        return switch (number % 8) {
            case 1 -> Fault.rateLimit("1");
            case 3 -> Fault.cutInside(1);
            case 5 -> Fault.status(500, "server_error", "oops");
            case 7 -> Fault.cutBefore();
            default -> Fault.NONE;
        };
    }

    @Test
    void connectionsAreReusedAndSeenToGo() throws InterruptedException {
        try (LoopbackServer server = LoopbackServer.answering(ANSWER)) {
            RemoteEndpoint endpoint = endpoint(Protocol.OPEN_AI, server);
            for (int i = 0; i < 50; i++) {
                endpoint.answer(Request.of(QUESTION), i % 2 == 0 ? TokenSink.NONE : Loopback.LISTENING);
            }
            Loopback.awaitIdle(server);
            assertThat(server.openConnections()).isEqualTo(1);

            server.fault(Fault.cutInside(1));
            Loopback.failure(TransientException.class, endpoint, true, server);
            for (int i = 0; i < 6_000 && server.openConnections() > 0; i++) {
                Thread.sleep(10);
            }
            assertThat(server.openConnections()).isZero();
        }
    }
}
