package io.github.tandem4j.examples.guide;

import dev.langchain4j.service.AiServices;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.examples.AiServiceWithTool.Concierge;
import io.github.tandem4j.resilience.OfflineLadder;
import io.github.tandem4j.resilience.Resilient;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import java.time.Duration;

/** What the README shows beside the quickstart. */
final class ReadmeFragments {

    private ReadmeFragments() {}

    static ModelEndpoint routing(ModelEndpoint small, ModelEndpoint large) {
        // snippet: readme-routing
        ModelEndpoint tutor = Routing.among(small, large)
                .by((request, candidates) -> request.chat().messages().size() > 6
                        ? Choice.of(large, "long conversation")
                        : Choice.of(small, "short conversation"))
                .build();
        // end
        return tutor;
    }

    static Reply limits(ModelEndpoint assistant) {
        // snippet: readme-limits
        Reply reply = assistant.answer(Request.of("…")
                .deadline(Duration.ofSeconds(4)) // ends what runs, on any thread
                .spendAtMost("0.002") // US dollars; reserved before each call, settled after
                .label(PrivacyLabel.LOCAL_ONLY)); // never leaves this machine
        // end
        return reply;
    }

    static ModelEndpoint faults(ModelEndpoint small, ModelEndpoint large) {
        // snippet: readme-faults
        ModelEndpoint steady = Resilient.endpoint(large).attempts(3).build();
        ModelEndpoint always = OfflineLadder.from(steady).downTo(small).build();
        // end
        return always;
    }

    static Concierge aiService(ModelEndpoint assistant) {
        // snippet: readme-ai-service
        Concierge concierge = AiServices.create(Concierge.class, assistant.asChatModel());
        // end
        return concierge;
    }
}
