package io.github.tandem4j.examples;

import static io.github.tandem4j.cascade.Confidences.meanTokenProbability;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.remote.RemoteEndpoint;
import io.github.tandem4j.smollm2.SmolLm2;

/** The ten lines of the README: a small model in this process answers what it is sure of, a large one the rest. */
public final class Quickstart {

    private Quickstart() {}

    /** Needs the environment variable OPENAI_API_KEY. */
    public static void main(String[] args) {
        String key = System.getenv("OPENAI_API_KEY");

        ModelEndpoint small = SmolLm2.open();
        ModelEndpoint large = RemoteEndpoint.openAi(key, "gpt-4o-mini");

        ModelEndpoint assistant = Cascade.startingWith(small)
                .keepWhen(meanTokenProbability().atLeast(0.70))
                .deferTo(large)
                .build();

        Reply reply = assistant.answer("In which year did Apollo 11 land on the Moon?");
        System.out.println(reply.text()); // the answer
        System.out.println(reply.cost()); // money, tokens and time
        System.out.println(reply.trace()); // who was asked, and why
    }
}
