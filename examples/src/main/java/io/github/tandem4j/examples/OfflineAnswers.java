package io.github.tandem4j.examples;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.remote.RemoteEndpoint;
import io.github.tandem4j.resilience.OfflineLadder;
import io.github.tandem4j.resilience.Resilient;
import io.github.tandem4j.smollm2.SmolLm2;
import java.io.PrintStream;
import java.time.Duration;

/** A large model that gets over what may pass, and a small one in this process that answers while the network is away. */
public final class OfflineAnswers {

    private OfflineAnswers() {}

    /** Tries three times, at most sixteen calls at once; goes down to the small model when that does not help. */
    public static OfflineLadder assistant(ModelEndpoint small, ModelEndpoint large) {
        ModelEndpoint patient = Resilient.endpoint(large)
                .attempts(3)
                .backoff(Duration.ofMillis(100), Duration.ofSeconds(5))
                .attemptTimeout(Duration.ofSeconds(30))
                .concurrency(16, Duration.ofSeconds(2))
                .build();
        return OfflineLadder.from(patient).downTo(small).build();
    }

    /** Prints the answer, and who gave it and how sure that one is. */
    public static Reply ask(OfflineLadder assistant, String prompt, PrintStream out) {
        Reply reply = assistant.answer(prompt);
        out.println(reply.text().strip());
        out.println("  by " + reply.author() + (assistant.isOffline() ? ", offline; " : "; ") + reply.confidence());
        return reply;
    }

    /** Shows an outage: nothing listens where the large model should be. The second call does not even try. */
    public static void main(String[] args) {
        try (var small = SmolLm2.open()) {
            ModelEndpoint large = RemoteEndpoint.openAi()
                    .baseUrl("http://localhost:9/v1")
                    .model("gpt-4o-mini")
                    .build();
            OfflineLadder assistant = assistant(small, large);
            System.out.println(
                    ask(assistant, "Name the capital of France.", System.out).trace());
            System.out.println(
                    ask(assistant, "Name the capital of Italy.", System.out).trace());
        }
    }
}
