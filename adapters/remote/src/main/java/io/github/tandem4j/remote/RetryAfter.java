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

/**
 * Reads how long a server asks to be left alone (RFC 9110, section 10.2.3): seconds, or a date by the server's clock; and
 * before that {@code retry-after-ms}, in which OpenAI and Azure say it more exactly, as their clients read it.
 */
final class RetryAfter {

    /** Who says more says never; and a number that is kept small can be added to a time without overflow. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private static final Pattern NUMBER = Pattern.compile("[0-9]+(\\.[0-9]*)?");

    private RetryAfter() {}

    /** {@return the time to wait, zero to a year; null if the server names none that can be read} */
    static @Nullable Duration in(HttpHeaders headers) {
        String milliseconds = value(headers, "retry-after-ms");
        if (NUMBER.matcher(milliseconds).matches()) {
            return ofMilliseconds(new BigDecimal(milliseconds));
        }
        String value = value(headers, "Retry-After");
        if (NUMBER.matcher(value).matches()) {
            return ofMilliseconds(new BigDecimal(value).movePointRight(3));
        }
        try {
            return value.isEmpty() ? null : untilDate(value, headers);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Longer ones mean nothing. */
    private static String value(HttpHeaders headers, String name) {
        String value = headers.firstValue(name).orElse("").trim();
        return value.length() > 64 ? "" : value;
    }

    /** Some servers name fractions. */
    private static Duration ofMilliseconds(BigDecimal number) {
        return Duration.ofMillis(number.min(BigDecimal.valueOf(LONGEST.toMillis()))
                .setScale(0, RoundingMode.CEILING)
                .longValue());
    }

    private static Duration untilDate(String date, HttpHeaders headers) {
        Instant now = serversTime(headers).orElseGet(Instant::now);
        Duration wait = Duration.between(now, ZonedDateTime.parse(date, RFC_1123_DATE_TIME));
        if (wait.isNegative()) {
            return Duration.ZERO;
        }
        return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
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
