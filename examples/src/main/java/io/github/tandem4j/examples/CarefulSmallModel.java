package io.github.tandem4j.examples;

import static io.github.tandem4j.cascade.Confidences.reported;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.auxiliary.Assistants;
import io.github.tandem4j.auxiliary.Assisted;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.fusion.SelfConsistency;
import io.github.tandem4j.remote.RemoteEndpoint;
import io.github.tandem4j.smollm2.SmolLm2;
import java.util.List;

/**
 * Three ways to learn how sure a small model is by asking more than once, for models that give no token scores or whose
 * scores say little. Each is an endpoint, so that it nests; each costs further calls, which count.
 */
public final class CarefulSmallModel {

    private CarefulSmallModel() {}

    /** Keeps what the small model says the same way in most of five samples, and compares the last lines alone. */
    public static Cascade bySelfConsistency(ModelEndpoint small, ModelEndpoint large) {
        ModelEndpoint samples = SelfConsistency.of(small)
                .samples(5)
                .temperature(0.7)
                .comparing(CarefulSmallModel::lastLine)
                .build();
        return Cascade.startingWith(samples)
                .keepWhen(reported().atLeast(0.6))
                .deferTo(large)
                .build();
    }

    /**
     * Keeps what a verifier takes for true. It must be able to tell true from false, which comes with size: SmolLM2 is none.
     */
    public static Cascade byVerification(ModelEndpoint small, ModelEndpoint verifier, ModelEndpoint large) {
        ModelEndpoint verified =
                Assisted.endpoint(small).by(Assistants.verifiedBy(verifier)).build();
        return Cascade.startingWith(verified)
                .keepWhen(reported().atLeast(0.7))
                .deferTo(large)
                .build();
    }

    /** Keeps what another small model says too. */
    public static Cascade byAgreement(ModelEndpoint small, ModelEndpoint other, ModelEndpoint large) {
        ModelEndpoint agreed = Assisted.endpoint(small)
                .by(Assistants.agreementWith(other, CarefulSmallModel::lastLine))
                .build();
        return Cascade.startingWith(agreed)
                .keepWhen(reported().atLeast(1))
                .deferTo(large)
                .build();
    }

    private static String lastLine(Reply reply) {
        String text = reply.text().strip();
        return text.substring(text.lastIndexOf('\n') + 1);
    }

    /** Uses the environment variable OPENAI_API_KEY if there is one; else a sentence stands for the large model. */
    public static void main(String[] args) {
        String key = System.getenv("OPENAI_API_KEY");
        try (var small = SmolLm2.open()) {
            ModelEndpoint large = key == null
                    ? Endpoints.answering("large", "(Here a large model would answer.)")
                    : RemoteEndpoint.openAi(key, "gpt-4o-mini");
            ModelEndpoint careful = bySelfConsistency(small, large);
            for (String question : List.of(
                    "What is the capital of France? Give the name alone.", "What is 17 * 25? Give the number alone.")) {
                Reply reply = careful.answer(question);
                System.out.println(question + "\n" + reply.text().strip());
                System.out.println(reply.trace()); // the samples, how many agreed, and what that decided
            }
        }
    }
}
