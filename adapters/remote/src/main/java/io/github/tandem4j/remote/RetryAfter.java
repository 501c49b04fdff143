package io.github.tandem4j.remote;

import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads how long a server asks to be left alone (RFC 9110, section 10.2.3): seconds, or a date by the server's clock. */
final class RetryAfter {

    /** Who says more says never; and a number that is kept small can be added to a time without overflow. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private static final Pattern SECONDS = Pattern.compile("[0-9]+(\\.[0-9]*)?");

    private RetryAfter() {}

    /** {@return the time to wait, zero to a year; null if the server names none that can be read} */
    static @Nullable Duration in(HttpHeaders headers) {
        String value = headers.firstValue("Retry-After").orElse("").trim();
        if (value.isEmpty() || value.length() > 64) {
            return null;
        }
        try {
            Duration wait = SECONDS.matcher(value).matches() ? ofSeconds(value) : untilDate(value, headers);
            return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Some servers name fractions. */
    private static Duration ofSeconds(String value) {
        BigDecimal longest = BigDecimal.valueOf(LONGEST.toSeconds());
        return Duration.ofMillis(new BigDecimal(value)
                .min(longest)
                .movePointRight(3)
                .setScale(0, RoundingMode.CEILING)
                .longValue());
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
