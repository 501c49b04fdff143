package io.github.tandem4j.loopback;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What goes wrong with an exchange on purpose. "Inside" means after some events of a stream, or in the middle of a
 * blocking answer's body.
 */
public sealed interface Fault {

    /** Nothing goes wrong. */
    Fault NONE = new None();

    record None() implements Fault {}

    /** A whole response of that status, type and body, in place of the answer. */
    record Response(int status, String contentType, String body, Map<String, String> headers) implements Fault {
        public Response with(String header, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(header, value);
            return new Response(status, contentType, body, more);
        }
    }

    /** The connection ends before a byte of the response. */
    record CutBefore() implements Fault {}

    /** The connection ends after that many events. */
    record CutInside(int events) implements Fault {}

    /** The response ends properly after that many events, without the rest of the answer. */
    record EndEarly(int events) implements Fault {}

    /** That line in place of the event after that many. */
    record BadEvent(int events, String data) implements Fault {}

    /** The headers come only after that time; then all is well. */
    record Slow(Duration before) implements Fault {}

    /** Nothing comes until the client hangs up. */
    record StallBefore() implements Fault {}

    /** Nothing more comes after that many events until the client hangs up. */
    record StallInside(int events) implements Fault {}

    /** Pings come before the event after that many: so many of them, so far apart; then all is well. */
    record Pings(int events, int count, Duration apart) implements Fault {}

    /** Headers without end, each after that time, until the client hangs up. */
    record EndlessHead(Duration apart) implements Fault {}

    /** A body without end, until the client hangs up. */
    record Endless(Flood of) implements Fault {}

    /** The answer after so many blanks: before its JSON, or before the JSON of a stream's first event. */
    record Huge(long blanks) implements Fault {}

    /** What an endless body is full of. In a blocking answer all but the line are blanks before the JSON. */
    enum Flood {
        /** Pieces of an answer. */
        EVENTS,
        /** Comments, as a provider's pings are; where a line is an event, empty lines. */
        PINGS,
        /** The text of one line. */
        LINE
    }

    /** An error of the OpenAI kind. */
    static Response status(int status, String type, String message) {
        return body(
                status,
                "application/json",
                "{\"error\":{\"message\":" + Json.quoted(message) + ",\"type\":\"" + type
                        + "\",\"param\":null,\"code\":null}}");
    }

    /** Too many requests; come back after that time. */
    static Response rateLimit(String retryAfter) {
        return status(429, "rate_limit_exceeded", "slow down").with("Retry-After", retryAfter);
    }

    /** JSON that breaks off, in a body that does not. */
    static Response malformed() {
        return body(200, "application/json", "{\"choices\": [{\"mess");
    }

    /** The page of a proxy. */
    static Response wrongType() {
        return body(200, "text/html; charset=utf-8", "<html>Welcome to the hotel's network</html>");
    }

    static Response body(int status, String contentType, String body) {
        return new Response(status, contentType, body, Map.of());
    }

    static Fault cutBefore() {
        return new CutBefore();
    }

    static Fault cutInside(int events) {
        return new CutInside(events);
    }

    static Fault endEarly(int events) {
        return new EndEarly(events);
    }

    static Fault badEvent(int events, String data) {
        return new BadEvent(events, data);
    }

    static Fault slow(Duration before) {
        return new Slow(before);
    }

    static Fault stallBefore() {
        return new StallBefore();
    }

    static Fault stallInside(int events) {
        return new StallInside(events);
    }

    static Fault pings(int events, int count, Duration apart) {
        return new Pings(events, count, apart);
    }

    static Fault endlessHead(Duration apart) {
        return new EndlessHead(apart);
    }

    static Fault endless(Flood of) {
        return new Endless(of);
    }

    static Fault huge(long blanks) {
        return new Huge(blanks);
    }
}
