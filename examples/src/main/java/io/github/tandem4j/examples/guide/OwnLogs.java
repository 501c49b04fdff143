package io.github.tandem4j.examples.guide;

import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.ConfidenceMeasure;
import io.github.tandem4j.cascade.Confidences;
import io.github.tandem4j.router.certificates.CalibrationRows;
import io.github.tandem4j.router.certificates.Certificate;
import io.github.tandem4j.router.certificates.Certifier;
import io.github.tandem4j.router.features.Views;
import io.github.tandem4j.router.learning.LearnedRouter;
import io.github.tandem4j.router.learning.NamedRouters;
import io.github.tandem4j.router.learning.Sources;
import io.github.tandem4j.router.learning.TrainedQuality;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.Replay;
import io.github.tandem4j.router.replay.Report;
import io.github.tandem4j.routing.Routing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;

/** From one's own traffic to a router and a promise. */
final class OwnLogs {

    private OwnLogs() {}

    // snippet: record
    /** Asks both models, and writes down what each made of it. */
    static RecordedQuery recorded(
            String id, String prompt, ModelEndpoint small, ModelEndpoint large, BiPredicate<String, String> isRight) {
        RecordedQuery query = RecordedQuery.of(id, prompt);
        for (ModelEndpoint model : List.of(small, large)) {
            Request request = Request.of(prompt);
            Reply reply = model.answer(request);
            RecordedOutcome outcome = RecordedOutcome.scored(isRight.test(prompt, reply.text()) ? 1 : 0)
                    .response(reply.text())
                    .cost(reply.cost().usd());
            ConfidenceMeasure measure = Confidences.meanTokenProbability();
            if (measure.measure(request, reply).isKnown()) {
                outcome = outcome.confidence(measure.measure(request, reply).value());
            }
            query = query.outcome(model.id(), outcome);
        }
        return query;
    }
    // end

    static void write(List<RecordedQuery> queries) {
        // snippet: write
        RecordedOutcomes.of(queries).write(Path.of("outcomes.jsonl.gz"));
        // end
    }

    static List<RecordedOutcomes> split() {
        // snippet: split
        RecordedOutcomes all = RecordedOutcomes.read(Path.of("outcomes.jsonl.gz"));
        RecordedOutcomes train = all.where(query -> Math.floorMod(query.id().hashCode(), 3) == 0);
        RecordedOutcomes calibrate = all.where(query -> Math.floorMod(query.id().hashCode(), 3) == 1);
        RecordedOutcomes test = all.where(query -> Math.floorMod(query.id().hashCode(), 3) == 2);
        // end
        return new ArrayList<>(List.of(train, calibrate, test));
    }

    static void train(RecordedOutcomes train, RecordedOutcomes test, EmbeddingModel encoder) {
        // snippet: train
        Sources sources = Sources.text().embedding(Views.embedding("minilm", encoder));
        TrainedQuality quality = LearnedRouter.training(train)
                .between("small", "large")
                .by(NamedRouters.recipe("auto", sources)) // validated within the training data
                .seed(7)
                .fit();
        // end
        // snippet: measure
        test.requireNoneOf(train);
        Report report = Replay.of(test).curve("mine", quality, "small", "large");
        System.out.println(report); // beside always-small, always-large, chance and an oracle
        report.writeHtml(Path.of("report.html"));
        // end
        // snippet: save
        quality.router().callingStrongFor(0.3).save(Path.of("router.json"));
        // end
    }

    static ModelEndpoint ship(EmbeddingModel encoder, ModelEndpoint small, ModelEndpoint large) {
        // snippet: load
        LearnedRouter router = LearnedRouter.load(Path.of("router.json"), Views.embedding("minilm", encoder));
        ModelEndpoint assistant = Routing.among(small, large).by(router).build();
        // end
        return assistant;
    }

    static ModelEndpoint certified(RecordedOutcomes calibrate, ModelEndpoint small, ModelEndpoint large) {
        // snippet: certify
        Certificate certificate = Certifier.wrongAtMost(0.10)
                .withConfidence(0.95)
                .model(small)
                .measuredBy("mean token probability")
                .certify(CalibrationRows.of(calibrate, small.id()))
                .orElseThrow(); // or says how many more answers it needs
        ModelEndpoint assistant = Cascade.startingWith(small)
                .acceptUnder(certificate)
                .deferTo(large)
                .build();
        // end
        return assistant;
    }
}
