package io.github.tandem4j.examples;

import static java.lang.Math.exp;

import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Usd;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.ConfidenceMeasure;
import io.github.tandem4j.cascade.Confidences;
import io.github.tandem4j.router.BestValue;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import java.util.List;
import java.util.Map;

/** What decides is a small interface, and a lambda fills it: a learned router, a calibrated rule, recorded answers. */
public final class PlugIns {

    private PlugIns() {}

    /**
     * A router that has learned: here one feature, the local model's own uncertainty about the prompt, under weights that
     * training would give. The evidence is asked for only because this estimator wants it.
     */
    public static Routing learned(ModelEndpoint small, ModelEndpoint large) {
        QualityEstimator estimator = (request, endpoint) -> {
            if (endpoint.profile().isRemote()) {
                return Confidence.rawScore(0.9, "expected quality");
            }
            return endpoint.evidence(EvidenceKey.NEXT_TOKEN, request)
                    .map(next -> Confidence.rawScore(logistic(2.0 - 0.8 * next.entropy()), "expected quality"))
                    .orElse(Confidence.unknown("no reading of the prompt"));
        };
        return Routing.among(small, large)
                .by(BestValue.by(estimator).payingForQuality(Usd.of("0.01")))
                .build();
    }

    /** Evidence of a kind that this library does not know: who has it gives it under the key, who decides asks for it. */
    public static final EvidenceKey<HiddenState> HIDDEN_STATE = EvidenceKey.of("hidden state", HiddenState.class);

    /** What a model has in mind at the end of a prompt. */
    public record HiddenState(List<Float> values) {}

    /** A router with a linear head over the small model's hidden state; without one it abstains. */
    public static Routing probing(ModelEndpoint small, ModelEndpoint large, List<Float> head) {
        return Routing.among(small, large)
                .by((request, candidates) -> small.evidence(HIDDEN_STATE, request)
                        .map(state -> {
                            double gain = 0;
                            for (int i = 0; i < head.size(); i++) {
                                gain += head.get(i) * state.values().get(i);
                            }
                            Confidence score = Confidence.rawScore(gain, "expected gain");
                            return gain > 0
                                    ? Choice.of(large, "worth its price", score)
                                    : Choice.of(small, "not worth more", score);
                        })
                        .orElse(Choice.abstain("no hidden state")))
                .whenAbstaining(small)
                .build();
    }

    /** A rule on a calibrated probability: a raw score, put through the curve that calibration gave. */
    public static Cascade calibrated(ModelEndpoint small, ModelEndpoint large) {
        ConfidenceMeasure raw = Confidences.tokenProbabilityQuantile(0.1);
        ConfidenceMeasure probability = (request, reply) -> {
            Confidence score = raw.measure(request, reply);
            return score.isKnown()
                    ? Confidence.probability(logistic(6 * score.value() - 3), "probability of a right answer")
                    : score;
        };
        return Cascade.startingWith(small)
                .keepWhen(probability.atLeast(0.9))
                .deferTo(large)
                .build();
    }

    /** An endpoint that answers from a recording; everything else runs over it as over a live one. */
    public static ModelEndpoint recorded(String id, Price price, Map<String, String> answers) {
        ModelProfile profile =
                ModelProfile.remote().price(price).provider("recording").build();
        return ModelEndpoint.of(id, profile, (chat, context, tokens) -> {
            UserMessage question =
                    (UserMessage) chat.messages().get(chat.messages().size() - 1);
            String answer = answers.get(question.singleText());
            if (answer == null) {
                throw new RejectedRequestException("recording " + id + " has no answer to this question");
            }
            return Completion.of(answer);
        });
    }

    private static double logistic(double x) {
        return 1 / (1 + exp(-x));
    }

    /** Shows a rule over a recording. */
    public static void main(String[] args) {
        String question = "What is 17 + 25?";
        ModelEndpoint small = recorded("small", Price.FREE, Map.of(question, "32"));
        ModelEndpoint large = recorded("large", Price.perMillionTokens("2.50", "10.00"), Map.of(question, "42"));
        System.out.println(calibrated(small, large).answer(question).trace());
    }
}
