package io.github.tandem4j.router.cascades;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.TokenUsage;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Cost;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Trace;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Recorded queries that every stage answered, read once: what a policy is fitted on and measured on.
 *
 * @param answers by query and stage
 * @param scores by query and stage, 0..1
 * @param costs by query and stage, in US dollars
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never handed out of the package
record Examples(AnswerReading[][] answers, double[][] scores, double[][] costs) {

    static Examples of(List<RecordedQuery> queries, List<String> stages) {
        int n = queries.size();
        AnswerReading[][] answers = new AnswerReading[n][stages.size()];
        double[][] scores = new double[n][stages.size()];
        double[][] costs = new double[n][stages.size()];
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < stages.size(); k++) {
                String stage = stages.get(k);
                RecordedOutcome outcome = queries.get(i).outcomes().get(stage);
                if (outcome == null) {
                    throw new IllegalArgumentException("query " + queries.get(i).id() + " has no outcome of " + stage);
                }
                answers[i][k] = AnswerReading.of(reply(stage, outcome), confidence(outcome));
                scores[i][k] = outcome.score();
                costs[i][k] = outcome.costUsd();
                if (Double.isNaN(costs[i][k])) {
                    throw new ConfigurationException("query " + queries.get(i).id() + " has no cost_usd of " + stage
                            + "; valid is a cost in each outcome, since a policy weighs it against quality");
                }
            }
        }
        return new Examples(answers, scores, costs);
    }

    private static Confidence confidence(RecordedOutcome outcome) {
        return outcome.confidence().isPresent()
                ? Confidence.rawScore(outcome.confidence().getAsDouble(), "recorded confidence")
                : Confidence.unknown();
    }

    /** An answer whose text was not recorded says nothing that could agree with another. */
    private static Reply reply(String stage, RecordedOutcome outcome) {
        ChatResponse.Builder response = ChatResponse.builder()
                .aiMessage(AiMessage.from(outcome.response().orElse("")));
        if (outcome.outputTokens().isPresent()) {
            response.tokenUsage(new TokenUsage(
                    outcome.inputTokens().orElse(0), outcome.outputTokens().getAsInt()));
        }
        Trace trace = new Trace(
                stage,
                "recording",
                "",
                Trace.Outcome.ANSWERED,
                null,
                Confidence.unknown(),
                List.of(),
                Cost.NONE,
                Duration.ZERO,
                List.of());
        return new Reply(response.build(), stage, Confidence.unknown(), Evidence.none(), Cost.NONE, trace);
    }

    int size() {
        return answers.length;
    }

    int stages() {
        return answers[0].length;
    }

    Examples at(List<Integer> rows) {
        return new Examples(
                rows.stream().map(i -> answers[i]).toArray(AnswerReading[][]::new),
                rows.stream().map(i -> scores[i]).toArray(double[][]::new),
                rows.stream().map(i -> costs[i]).toArray(double[][]::new));
    }

    double[] scoresOf(int stage) {
        return Arrays.stream(scores).mapToDouble(row -> row[stage]).toArray();
    }

    double meanScore(int stage) {
        return Arrays.stream(scores).mapToDouble(row -> row[stage]).average().orElseThrow();
    }

    double meanCost(int stage) {
        return Arrays.stream(costs).mapToDouble(row -> row[stage]).average().orElseThrow();
    }

    StageEvidence evidence() {
        return new StageEvidence(IntStream.range(0, stages())
                .mapToObj(k -> ConfidenceScale.of(Arrays.stream(answers)
                        .mapToDouble(row -> row[k].confidence())
                        .toArray()))
                .toList());
    }
}
