package io.github.tandem4j.remote;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Whether there is anybody at the other end. */
final class Reachability {

    static final Duration USUAL = Duration.ofSeconds(2);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private Reachability() {}

    /** Asks for the head of what is at the base URL, with nothing of the endpoint's; whatever is answered is an answer. */
    static boolean probe(Settings settings, Duration atMost) {
        if (atMost.isNegative() || atMost.isZero() || atMost.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("time for a probe of " + settings.id() + " is " + atMost
                    + "; valid is more than zero and at most " + LONGEST);
        }
        HttpRequest.Builder head = HttpRequest.newBuilder(URI.create(settings.baseUrl()))
                .method("HEAD", BodyPublishers.noBody())
                .timeout(atMost);
        if (settings.baseUrl().regionMatches(true, 0, "http:", 0, 5)) {
            head.version(Version.HTTP_1_1);
        }
        try {
            settings.http().get().send(head.build(), BodyHandlers.discarding());
            return true;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
