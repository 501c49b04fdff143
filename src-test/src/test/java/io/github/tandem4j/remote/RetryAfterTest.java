package io.github.tandem4j.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tandem4j.TransientException;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackServer;
import io.github.tandem4j.loopback.Protocol;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How long a server wants to be left alone, from what it sends to what the caller is told. */
class RetryAfterTest {

    private static final String NOW = "Sun, 06 Nov 1994 08:49:37 GMT";

    private static Optional<Duration> read(String value) {
        return Optional.ofNullable(RetryAfter.in(
                HttpHeaders.of(Map.of("retry-after", List.of(value), "Date", List.of(NOW)), (name, text) -> true)));
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void isCarriedByTheFailureBothWays(Protocol protocol) throws InterruptedException {
        try (LoopbackServer server = LoopbackServer.answering("A friend.").fault(Fault.rateLimit("7"))) {
            RemoteEndpoint endpoint = Loopback.endpoint(protocol, server).build();
            for (boolean streaming : new boolean[] {false, true}) {
                TransientException failure = Loopback.failure(TransientException.class, endpoint, streaming, server);
                assertThat(failure.retryAfter()).contains(Duration.ofSeconds(7));
                assertThat(failure.isRetriable()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | PT0S",
                "7 | PT7S",
                "007 | PT7S",
                "1.5 | PT1.5S",
                "0.0001 | PT0.001S",
                "31536000 | PT8760H",
                "31536001 | PT8760H",
                "9223372036854775807 | PT8760H",
                "99999999999999999999 | PT8760H",
                "Sun, 06 Nov 1994 08:51:37 GMT | PT2M",
                "Sun, 06 Nov 1994 08:49:37 GMT | PT0S",
                "Sun, 06 Nov 1994 08:40:00 GMT | PT0S",
                "Sat, 06 Nov 2094 08:49:37 GMT | PT8760H",
            })
    void isSecondsOrADateByTheServersClock(String value, Duration expected) {
        assertThat(read(value)).contains(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "soon",
                "-3",
                "+3",
                "1e9",
                "0x10",
                "NaN",
                "٣",
                "3 seconds",
                "Sun, 99 Foo 1994 08:49:37 GMT",
                "Sunday, 06-Nov-94 08:49:37 GMT",
                "99999999999999999999999999999999999999999999999999999999999999999",
            })
    void isIgnoredIfItMeansNothing(String value) {
        assertThat(read(value)).isEmpty();
    }

    /** As OpenAI and Azure send it beside the other, and their own clients prefer it. */
    @ParameterizedTest
    @CsvSource({
        "250, 1, PT0.25S",
        "1500.5, 2, PT1.501S",
        "0, 1, PT0S",
        "99999999999999, 1, PT8760H",
        "soon, 3, PT3S",
        "-5, 3, PT3S",
    })
    void millisecondsCountBeforeSecondsIfTheyMeanSomething(String milliseconds, String seconds, Duration expected) {
        HttpHeaders both = HttpHeaders.of(
                Map.of("retry-after-ms", List.of(milliseconds), "Retry-After", List.of(seconds)), (name, text) -> true);
        HttpHeaders one = HttpHeaders.of(Map.of("retry-after-ms", List.of("250")), (name, text) -> true);

        assertThat(RetryAfter.in(both)).isEqualTo(expected);
        assertThat(RetryAfter.in(one)).isEqualTo(Duration.ofMillis(250));
    }

    @Test
    void isMeasuredByOurClockIfTheServerTellsNoTime() {
        HttpHeaders past = HttpHeaders.of(Map.of("Retry-After", List.of(NOW)), (name, text) -> true);
        HttpHeaders garbled = HttpHeaders.of(
                Map.of("Retry-After", List.of("Fri, 31 Dec 9999 23:59:59 GMT"), "Date", List.of("now")),
                (name, text) -> true);

        assertThat(RetryAfter.in(past)).isEqualTo(Duration.ZERO);
        assertThat(RetryAfter.in(garbled)).isEqualTo(Duration.ofDays(365));
    }
}
