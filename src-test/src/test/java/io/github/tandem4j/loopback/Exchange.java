package io.github.tandem4j.loopback;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** One request and what is answered to it, with its fault. */
final class Exchange {

    private static final byte[] BLANKS = new byte[64 * 1024];
    private static final byte[] TEXT = new byte[64 * 1024];

    static {
        Arrays.fill(BLANKS, (byte) ' ');
        Arrays.fill(TEXT, (byte) 'a');
    }

    private final LoopbackServer server;
    private final HttpConnection http;
    private final LoopbackRequest request;
    private final Fault fault;

    Exchange(LoopbackServer server, HttpConnection http, LoopbackRequest request, Fault fault) {
        this.server = server;
        this.http = http;
        this.request = request;
        this.fault = fault;
    }

    /** Returns whether the connection may be used again. */
    boolean respond(Function<LoopbackRequest, LoopbackAnswer> answers) throws IOException {
        if (fault instanceof Fault.Response response) {
            http.writeWhole(response.status(), response.contentType(), response.headers(), response.body());
            return true;
        }
        if (fault instanceof Fault.CutBefore) {
            return false;
        }
        if (fault instanceof Fault.StallBefore) {
            return stall();
        }
        if (fault instanceof Fault.EndlessHead head) {
            http.startHead();
            return untilHangUp(() -> {
                http.writeBytes("X-More: of the same\r\n".getBytes(UTF_8), 21);
                sleep(head.apart());
            });
        }
        if (fault instanceof Fault.Slow slow) {
            sleep(slow.before());
        }
        LoopbackAnswer answer = answers.apply(request);
        try {
            return request.isStreaming() ? stream(answer) : whole(answer);
        } catch (SocketException e) {
            if (fault instanceof Fault.StallInside) {
                server.hungUp(); // before the stall was reached
            }
            throw e;
        }
    }

    private boolean whole(LoopbackAnswer answer) throws IOException {
        String body = request.protocol().body(request, answer);
        if (fault instanceof Fault.CutInside || fault instanceof Fault.StallInside) {
            http.writeHalf(body);
            return fault instanceof Fault.StallInside && stall();
        }
        if (fault instanceof Fault.Endless endless) {
            http.startWhole(Long.MAX_VALUE);
            if (endless.of() == Fault.Flood.LINE) {
                http.writeBytes("{\"id\":\"".getBytes(UTF_8), 7);
            }
            byte[] flood = endless.of() == Fault.Flood.LINE ? TEXT : BLANKS;
            return untilHangUp(() -> http.writeBytes(flood, flood.length));
        }
        if (fault instanceof Fault.Huge huge) {
            byte[] bytes = body.getBytes(UTF_8);
            http.startWhole(huge.blanks() + bytes.length);
            writeBlanks(huge.blanks(), (blanks, length) -> http.writeBytes(blanks, length));
            server.serve(request, answer, () -> http.writeBytes(bytes, bytes.length));
            return true;
        }
        server.serve(request, answer, () -> http.writeWhole(200, "application/json", Map.of(), body));
        return true;
    }

    private boolean stream(LoopbackAnswer answer) throws IOException {
        List<String> events = request.protocol().events(request, answer);
        http.startChunks(request.protocol().streamType());
        for (int i = 0; i < events.size(); i++) {
            String event = events.get(i);
            if (fault instanceof Fault.CutInside cut && cut.events() == i) {
                return false;
            }
            if (fault instanceof Fault.StallInside stall && stall.events() == i) {
                return stall();
            }
            if (fault instanceof Fault.EndEarly end && end.events() == i) {
                http.endChunks();
                return true;
            }
            if (fault instanceof Fault.Endless endless && i == 0) {
                return flood(endless.of(), event);
            }
            if (fault instanceof Fault.Huge huge && i == 0) {
                int json = event.indexOf('{');
                if (json > 0) { // an empty chunk would end the stream
                    http.writeChunk(event.substring(0, json));
                }
                writeBlanks(huge.blanks(), http::writeChunk);
                event = event.substring(json);
            }
            if (fault instanceof Fault.Pings pings && pings.events() == i) {
                for (int ping = 0; ping < pings.count(); ping++) {
                    http.writeChunk(request.protocol().ping());
                    sleep(pings.apart());
                }
            }
            if (fault instanceof Fault.BadEvent bad && bad.events() == i) {
                http.writeChunk(
                        request.protocol() == Protocol.OLLAMA ? bad.data() + "\n" : "data: " + bad.data() + "\n\n");
            }
            http.writeChunk(event);
        }
        if (fault instanceof Fault.BadEvent bad && bad.events() < events.size()) {
            http.endChunks(); // whole, and no answer
        } else {
            server.serve(request, answer, http::endChunks);
        }
        return true;
    }

    private boolean flood(Fault.Flood of, String event) throws IOException {
        return switch (of) {
            case EVENTS -> untilHangUp(() -> http.writeChunk(event));
            case PINGS -> untilHangUp(() -> http.writeChunk(request.protocol().ping()));
            case LINE -> {
                http.writeChunk(event.substring(0, event.indexOf('{') + 1) + "\"id\":\"");
                yield untilHangUp(() -> http.writeChunk(TEXT, TEXT.length));
            }
        };
    }

    private boolean stall() {
        server.stalls();
        http.awaitHangUp();
        server.hungUp();
        return false;
    }

    private boolean untilHangUp(LoopbackServer.Sending piece) {
        server.stalls();
        try {
            while (true) {
                piece.send();
            }
        } catch (IOException e) {
            server.hungUp();
            return false;
        }
    }

    private interface Writing {
        void write(byte[] bytes, int length) throws IOException;
    }

    private static void writeBlanks(long count, Writing to) throws IOException {
        for (long left = count; left > 0; left -= BLANKS.length) {
            to.write(BLANKS, (int) Math.min(left, BLANKS.length));
        }
    }

    private static void sleep(Duration time) throws IOException {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the server is being closed", e);
        }
    }
}
