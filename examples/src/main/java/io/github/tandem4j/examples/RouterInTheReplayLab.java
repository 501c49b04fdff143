package io.github.tandem4j.examples;

import static io.github.tandem4j.router.replay.RecordedEndpoint.recordedConfidence;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.Usd;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import io.github.tandem4j.router.replay.Replay;
import io.github.tandem4j.router.replay.Report;
import java.util.ArrayList;
import java.util.List;

/** What a router of one's own and a cascade are worth, before either goes live: on recorded answers, with no model called. */
public final class RouterInTheReplayLab {

    private RouterInTheReplayLab() {}

    /** A score of one's own: the small model is expected to do worse, the longer the question is. */
    static final QualityEstimator BY_LENGTH = (request, endpoint) -> {
        double length = Math.min(1, TokenCount.estimate(request.chat()).tokens() / 100.0);
        return Confidence.rawScore(endpoint.id().equals("small") ? 1 - length : 0.95, "by length");
    };

    /** Sums of two to twenty numbers: small fails on the long ones, and is less sure of itself there. */
    static RecordedOutcomes recorded() {
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < 190; i++) {
            int terms = 2 + i % 19;
            boolean solved = (i * 31) % 19 >= terms - 2;
            queries.add(RecordedQuery.of("sum-" + i, "What is " + (i + 1) + (" + " + (i + 7)).repeat(terms - 1) + "?")
                    .outcome(
                            "small",
                            RecordedOutcome.scored(solved ? 1 : 0)
                                    .confidence(1 - terms / 40.0)
                                    .cost(Usd.of("0.00001")))
                    .outcome(
                            "large", RecordedOutcome.scored(i % 20 == 0 ? 0 : 1).cost(Usd.of("0.0005"))));
        }
        return RecordedOutcomes.of(queries);
    }

    /** The score at every threshold, beside chance and an oracle. */
    static Report score(Replay lab) {
        return lab.curve("by length", BY_LENGTH, "small", "large");
    }

    /** The very cascade that would go live, over endpoints that answer what was recorded. */
    static Report cascade(Replay lab) {
        RecordedEndpoint small = lab.endpoint("small");
        RecordedEndpoint large = lab.endpoint("large");
        ModelEndpoint cascade = Cascade.startingWith(small)
                .keepWhen(recordedConfidence().atLeast(0.8))
                .deferTo(large)
                .build();
        return lab.compare(cascade, small, large);
    }

    /** Prints both reports. */
    public static void main(String[] args) {
        Replay lab = Replay.of(recorded());
        System.out.println(score(lab));
        System.out.println(cascade(lab));
    }
}
