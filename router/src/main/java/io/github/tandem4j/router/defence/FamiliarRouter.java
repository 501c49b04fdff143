package io.github.tandem4j.router.defence;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.Request;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Inquiry;
import io.github.tandem4j.routing.Router;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A router that is asked about the familiar alone. */
record FamiliarRouter(
        Familiarity familiarity,
        Router router,
        double alpha,
        @Nullable ModelEndpoint unlike) implements Router {

    @Override
    public Choice choose(Request request, List<ModelEndpoint> candidates) {
        return choose(request, candidates, Inquiry.NONE);
    }

    @Override
    public Choice choose(Request request, List<ModelEndpoint> candidates, Inquiry inquiry) {
        Familiarity.Finding finding;
        try {
            finding = familiarity.find(request);
        } catch (PrivacyException e) {
            return unlike(candidates, "familiarity is not known: " + e.getMessage(), Confidence.unknown());
        }
        if (finding.pValue() > alpha) {
            return router.choose(request, candidates, inquiry);
        }
        String why = "unlike what the router was trained on: " + finding + " <= " + alpha;
        return unlike(candidates, why, Confidence.rawScore(finding.distance(), "distance"));
    }

    private Choice unlike(List<ModelEndpoint> candidates, String why, Confidence distance) {
        return unlike != null && candidates.contains(unlike) ? Choice.of(unlike, why, distance) : Choice.abstain(why);
    }

    @Override
    public List<ModelEndpoint> helpers() {
        return router.helpers();
    }

    @Override
    public void requireAmong(String routing, List<ModelEndpoint> candidates) {
        if (unlike != null && !candidates.contains(unlike)) {
            throw new IllegalArgumentException("what is unlike the training goes to " + unlike.id()
                    + ", which is no candidate of " + routing + "; its candidates are "
                    + candidates.stream().map(ModelEndpoint::id).toList());
        }
        router.requireAmong(routing, candidates);
    }
}
