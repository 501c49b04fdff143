package io.github.tandem4j.remote;

import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads how long a server asks to be left alone (RFC 9110, section 10.2.3): seconds, or a date by the server's clock. */
final class RetryAfter {

    private RetryAfter() {}

    /** {@return the time to wait, zero or more; null if the server names none that can be read} */
    static @Nullable Duration in(HttpHeaders headers) {
        String value = headers.firstValue("Retry-After").orElse("").trim();
        if (value.isEmpty()) {
            return null;
        }
        try {
            return Character.isDigit(value.charAt(0))
                    ? Duration.ofSeconds(Long.parseLong(value))
                    : untilDate(value, headers);
        } catch (NumberFormatException | DateTimeException e) {
            return null;
        }
    }

    private static Duration untilDate(String date, HttpHeaders headers) {
        Instant now = serversTime(headers).orElseGet(Instant::now);
        Duration wait = Duration.between(now, ZonedDateTime.parse(date, RFC_1123_DATE_TIME));
        return wait.isNegative() ? Duration.ZERO : wait;
    }

    private static Optional<Instant> serversTime(HttpHeaders headers) {
        try {
            return headers.firstValue("Date")
                    .map(date -> ZonedDateTime.parse(date, RFC_1123_DATE_TIME).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
