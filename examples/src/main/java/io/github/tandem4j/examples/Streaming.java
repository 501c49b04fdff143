package io.github.tandem4j.examples;

import static io.github.tandem4j.cascade.Confidences.meanTokenProbability;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.StageFailure;
import io.github.tandem4j.remote.RemoteEndpoint;
import io.github.tandem4j.smollm2.SmolLm2;
import java.io.PrintStream;
import java.time.Duration;

/** An answer as it is made, under a deadline; if the large model cannot be reached, the small one's answer stands. */
public final class Streaming {

    private Streaming() {}

    /** Prints the answer piece by piece. */
    public static Reply stream(ModelEndpoint small, ModelEndpoint large, String prompt, PrintStream out) {
        ModelEndpoint assistant = Cascade.startingWith(small)
                .keepWhen(meanTokenProbability().atLeast(0.70))
                .deferTo(large)
                .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                .build();
        Reply reply = assistant.answer(Request.of(prompt).deadline(Duration.ofSeconds(30)), out::print);
        out.println();
        return reply;
    }

    /** Uses the environment variable OPENAI_API_KEY if there is one. */
    public static void main(String[] args) {
        String key = System.getenv().getOrDefault("OPENAI_API_KEY", "none");
        try (var small = SmolLm2.open()) {
            ModelEndpoint large = RemoteEndpoint.openAi(key, "gpt-4o-mini");
            Reply reply = stream(small, large, "Explain in two sentences why the sky is blue.", System.out);
            System.out.println(reply.trace());
        }
    }
}
