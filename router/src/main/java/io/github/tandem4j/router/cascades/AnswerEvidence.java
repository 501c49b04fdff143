package io.github.tandem4j.router.cascades;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.cascade.EarlierAnswers;
import io.github.tandem4j.cascade.TextSignal;
import java.util.List;
import java.util.stream.Collectors;

/** What one answer shows of itself, as numbers; NaN where nothing is known. */
final class AnswerEvidence {

    /** What the numbers are; the estimates of embedding and hidden states are among them. */
    static final List<String> NAMES = List.of(
            "confidence",
            "confidence known",
            "least log-probability",
            "log-probability, 10 % quantile",
            "log-probability, median",
            "certainty (negative entropy)",
            "margin",
            "agreement with the answer before",
            "no refusal",
            "completion tokens",
            "prompt characters",
            "embedding",
            "hidden states");

    /** The numbers that can only speak for an answer, in the order of the names. */
    private static final boolean[] RISING = {
        true, false, true, true, true, true, true, true, true, false, false, true, true
    };

    private AnswerEvidence() {}

    static boolean[] rising() {
        return RISING.clone();
    }

    /**
     * @param embedding what an embedding says of the answer; NaN if it was not read
     * @param states what hidden states say of it; NaN if they were not read
     */
    static double[] of(
            ConfidenceScale scale,
            Request request,
            Reply reply,
            Confidence confidence,
            double embedding,
            double states) {
        TokenScores scores =
                reply.evidence().get(EvidenceKey.TOKEN_SCORES).orElseGet(() -> TokenScores.of(new float[0]));
        AnswerReading reading = AnswerReading.of(reply, confidence);
        double agreement = EarlierAnswers.of(request)
                .last()
                .map(earlier -> reading.agreementWith(AnswerReading.of(earlier.reply(), Confidence.unknown())))
                .orElse(Double.NaN);
        return new double[] {
            scale.spread(confidence.value()),
            confidence.isKnown() ? 1 : 0,
            spread(scores.minimumLogProbability()),
            spread(scores.quantileLogProbability(0.1)),
            spread(scores.quantileLogProbability(0.5)),
            -scores.meanEntropy(),
            scores.meanMargin(),
            agreement,
            TextSignal.REFUSAL.isIn(request, reply) ? 0 : 1,
            reading.logTokens(),
            Math.log1p(prompt(request).length()),
            embedding,
            states
        };
    }

    /** A log-probability of nothing at all is one that is very low. */
    private static double spread(double logProbability) {
        return -Math.log(-Math.max(logProbability, -1e6) + 1e-6);
    }

    static String prompt(Request request) {
        return request.chat().messages().stream().map(AnswerEvidence::text).collect(Collectors.joining("\n"));
    }

    private static String text(ChatMessage message) {
        return message instanceof UserMessage user && user.hasSingleText() ? user.singleText() : "";
    }
}
