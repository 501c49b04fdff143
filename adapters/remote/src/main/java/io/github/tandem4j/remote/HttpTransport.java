package io.github.tandem4j.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.DefaultServerSentEventParser;
import dev.langchain4j.http.client.sse.ServerSentEvent;
import dev.langchain4j.http.client.sse.ServerSentEventContext;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.TandemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP under LangChain4j's provider modules. Unlike their default client it stays on the caller's thread from the
 * request to the last event of a stream, for three reasons: an interrupt cuts the exchange at any point, the wait for the
 * headers included; the consumer of a stream sets its pace; and what goes wrong is thrown with status and headers, of
 * which LangChain4j's exceptions keep only the former.
 */
final class HttpTransport implements HttpClient {

    /** Longer error bodies say nothing more. */
    private static final int MOST_ERROR_BYTES = 64 * 1024;

    private final Supplier<java.net.http.HttpClient> client;
    private final Limits limits;
    private final HttpFailures failures;

    HttpTransport(Settings settings, HttpFailures failures) {
        client = settings.http();
        limits = settings.limits();
        this.failures = failures;
    }

    /** {@return a builder that gives this transport, whatever LangChain4j's default timeouts are} */
    HttpClientBuilder asBuilder() {
        return new Fixed(this);
    }

    @Override
    public SuccessfulHttpResponse execute(HttpRequest request) {
        try (Received received = send(request, null)) {
            String body = new String(
                    BoundedStream.whole(received.body(), failures, limits).readAllBytes(), UTF_8);
            failures.requireAnswer(body, received.contentType());
            return received.describedWith(body);
        } catch (IOException e) {
            throw failures.ofConnection(e);
        }
    }

    @Override
    public void execute(HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
        Watched watched = new Watched(listener, failures);
        try (Received received = send(request, limits.idle())) {
            failures.requireStream(received.contentType());
            listener.onOpen(received.describedWith(null));
            boolean eventsAreLines = !(parser instanceof DefaultServerSentEventParser);
            parser.parse(BoundedStream.events(received.body(), failures, limits, eventsAreLines), watched);
        } catch (IOException | TandemException e) {
            watched.onError(e);
        }
        if (watched.failure == null) {
            listener.onClose();
        } else {
            listener.onError(watched.failure instanceof IOException io ? failures.ofConnection(io) : watched.failure);
        }
    }

    /** Sends and waits for the headers; throws if they report a failure. */
    private Received send(HttpRequest request, @Nullable Duration idle) throws IOException {
        long endNanos = System.nanoTime() + limits.timeout().toNanos();
        BodyOpening body = new BodyOpening(
                info -> isSuccess(info.statusCode()) ? new ResponseBody(endNanos, idle) : errorBody(endNanos));
        Received received;
        try {
            received = Received.of(client.get().send(inJdksTerms(request), body));
        } catch (InterruptedException e) {
            body.abandon();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the answer", e);
        } catch (IOException e) {
            body.abandon();
            throw e;
        }
        int status = received.response.statusCode();
        if (isSuccess(status)) {
            return received;
        }
        try (received) {
            String start = startOfError(received.body());
            throw failures.ofStatus(status, received.response.headers(), start, String.valueOf(request.body()));
        }
    }

    private ResponseBody errorBody(long endNanos) {
        long now = System.nanoTime();
        return new ResponseBody(
                now + Math.min(endNanos - now, limits.errorBody().toNanos()), null);
    }

    private static boolean isSuccess(int status) {
        return status >= 200 && status < 300;
    }

    /** The status says what went wrong, even if the words about it break off or do not come in time. */
    private static String startOfError(InputStream body) throws IOException {
        ByteArrayOutputStream start = new ByteArrayOutputStream();
        byte[] piece = new byte[8 * 1024];
        try {
            int read = 0;
            while (read >= 0 && start.size() < MOST_ERROR_BYTES) {
                start.write(piece, 0, read);
                read = body.read(piece);
            }
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            // what came before it is all there is
        }
        return start.toString(UTF_8);
    }

    private java.net.http.HttpRequest inJdksTerms(HttpRequest request) {
        URI uri = URI.create(request.url());
        java.net.http.HttpRequest.Builder builder = java.net.http.HttpRequest.newBuilder(uri)
                .timeout(limits.timeout())
                .method(
                        request.method().name(),
                        request.body() == null ? BodyPublishers.noBody() : BodyPublishers.ofString(request.body()));
        if ("http".equalsIgnoreCase(uri.getScheme())) {
            // Without TLS version 2 is asked for by an upgrade header, at which some servers take offence.
            builder.version(Version.HTTP_1_1);
        }
        request.headers().forEach((name, values) -> values.forEach(value -> builder.header(name, value)));
        return builder.build();
    }

    /**
     * A response of which the headers have come. Closing it before its end cuts the exchange, and so does the call's
     * cancellation, even if the consumer of a stream has swallowed the interrupt that came with it.
     */
    private record Received(HttpResponse<InputStream> response, Cancellation.Registration registration)
            implements AutoCloseable {

        static Received of(HttpResponse<InputStream> response) {
            return new Received(response, CurrentCall.get().context().onCancel(() -> closeQuietly(response)));
        }

        private static void closeQuietly(HttpResponse<InputStream> response) {
            try {
                response.body().close();
            } catch (IOException e) {
                // it is being thrown away
            }
        }

        InputStream body() {
            return response.body();
        }

        String contentType() {
            return response.headers().firstValue("Content-Type").orElse("");
        }

        SuccessfulHttpResponse describedWith(@Nullable String text) {
            return SuccessfulHttpResponse.builder()
                    .statusCode(response.statusCode())
                    .headers(response.headers().map())
                    .body(text)
                    .build();
        }

        @Override
        public void close() {
            registration.close();
            closeQuietly(response);
        }
    }

    /** Ends a stream at the first thing that goes wrong in it, instead of logging it and reading on. */
    private static final class Watched implements ServerSentEventListener {

        private final ServerSentEventListener listener;
        private final HttpFailures failures;
        private @Nullable Throwable failure;

        Watched(ServerSentEventListener listener, HttpFailures failures) {
            this.listener = listener;
            this.failures = failures;
        }

        @Override
        public void onEvent(ServerSentEvent event, ServerSentEventContext context) {
            try {
                if (!event.data().isBlank()) {
                    failures.requireNoError(event.data());
                    CurrentCall.get().events().accept(event.data());
                    listener.onEvent(event, context);
                }
            } catch (RuntimeException e) {
                onError(e);
                context.parsingHandle().cancel();
            }
        }

        @Override
        public void onError(Throwable cause) {
            if (failure == null) {
                failure = cause;
            }
        }
    }

    /** The provider modules insist on a builder, and on telling it their timeouts. */
    private record Fixed(HttpTransport transport) implements HttpClientBuilder {

        @Override
        public Duration connectTimeout() {
            return transport.limits.timeout();
        }

        @Override
        public HttpClientBuilder connectTimeout(Duration ignored) {
            return this;
        }

        @Override
        public Duration readTimeout() {
            return transport.limits.timeout();
        }

        @Override
        public HttpClientBuilder readTimeout(Duration ignored) {
            return this;
        }

        @Override
        public HttpClient build() {
            return transport;
        }
    }
}
