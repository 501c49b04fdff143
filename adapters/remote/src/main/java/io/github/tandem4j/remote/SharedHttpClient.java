package io.github.tandem4j.remote;

import java.net.http.HttpClient;
import java.time.Duration;

/** The client of all endpoints that bring none: its connections and its few daemon threads are made at the first call. */
final class SharedHttpClient {

    private SharedHttpClient() {}

    static HttpClient get() {
        return Holder.CLIENT;
    }

    private static final class Holder {
        // Redirects are never followed: a key goes to the host that it was given for.
        static final HttpClient CLIENT = HttpClient.newBuilder()
                .connectTimeout(Duration.ofSeconds(10))
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }
}
