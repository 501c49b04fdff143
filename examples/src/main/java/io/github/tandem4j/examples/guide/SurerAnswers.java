package io.github.tandem4j.examples.guide;

import static io.github.tandem4j.cascade.Confidences.reported;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.auxiliary.Assistants;
import io.github.tandem4j.auxiliary.Assisted;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.fusion.SelfConsistency;
import java.util.function.Function;

/** Confidence from more calls. */
final class SurerAnswers {

    private SurerAnswers() {}

    static ModelEndpoint selfConsistent(ModelEndpoint small, ModelEndpoint large, Function<Reply, String> lastLine) {
        // snippet: self-consistency
        ModelEndpoint samples = SelfConsistency.of(small)
                .samples(5)
                .temperature(0.7)
                .comparing(lastLine) // of whole texts, no two may be alike
                .build();
        ModelEndpoint assistant = Cascade.startingWith(samples)
                .keepWhen(reported().atLeast(0.6))
                .deferTo(large)
                .build();
        // end
        return assistant;
    }

    static ModelEndpoint verified(ModelEndpoint medium, ModelEndpoint verifier, ModelEndpoint large) {
        // snippet: verified
        ModelEndpoint verified =
                Assisted.endpoint(medium).by(Assistants.verifiedBy(verifier)).build();
        ModelEndpoint assistant = Cascade.startingWith(verified)
                .keepWhen(reported().atLeast(0.7))
                .deferTo(large)
                .build();
        // end
        return assistant;
    }

    static ModelEndpoint agreeing(ModelEndpoint small, ModelEndpoint other, Function<Reply, String> lastLine) {
        // snippet: agreement
        ModelEndpoint agreed = Assisted.endpoint(small)
                .by(Assistants.agreementWith(other, lastLine))
                .build();
        // end
        return agreed;
    }
}
