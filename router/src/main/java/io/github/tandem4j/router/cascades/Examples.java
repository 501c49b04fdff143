package io.github.tandem4j.router.cascades;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Recorded queries that every stage answered, each asked once of the recorded endpoints: what a policy is fitted on. */
final class Examples {

    private final AnswerReading[][] answers;
    private final double[][] scores;
    private final double[][] costs;

    Examples(AnswerReading[][] answers, double[][] scores, double[][] costs) {
        this.answers = answers;
        this.scores = scores;
        this.costs = costs;
    }

    /** {@return what was answered, by query and stage} */
    AnswerReading[][] answers() {
        return answers;
    }

    /** {@return the quality, by query and stage, 0..1} */
    double[][] scores() {
        return scores;
    }

    /** {@return what it cost, by query and stage, in US dollars} */
    double[][] costs() {
        return costs;
    }

    /** @param complete queries that all stages answered */
    static Examples of(RecordedOutcomes complete, List<String> stages, Map<String, Price> prices) {
        List<RecordedQuery> queries = complete.queries();
        int n = queries.size();
        Examples examples = new Examples(
                new AnswerReading[n][stages.size()], new double[n][stages.size()], new double[n][stages.size()]);
        for (int k = 0; k < stages.size(); k++) {
            RecordedEndpoint endpoint = endpoint(stages.get(k), complete, prices);
            for (int i = 0; i < n; i++) {
                Request request = queries.get(i).request();
                Reply reply = endpoint.answer(request);
                examples.answers[i][k] = AnswerReading.of(
                        reply, RecordedEndpoint.recordedConfidence().measure(request, reply));
                examples.scores[i][k] = queries.get(i).score(stages.get(k));
                examples.costs[i][k] = cost(queries.get(i), stages.get(k), reply);
            }
        }
        return examples;
    }

    static RecordedEndpoint endpoint(String stage, RecordedOutcomes outcomes, Map<String, Price> prices) {
        RecordedEndpoint endpoint = RecordedEndpoint.of(stage, outcomes);
        Price price = prices.get(stage);
        return price == null ? endpoint : endpoint.priced(price);
    }

    static double cost(RecordedQuery query, String who, Reply reply) {
        if (reply.cost().unpricedCalls() > 0) {
            throw new ConfigurationException("query " + query.id() + " has no cost_usd of " + who
                    + ", nor tokens and a price; valid is a cost of each outcome, since it is weighed against quality");
        }
        return reply.cost().usd().nanos() / 1e9;
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

    /** @throws ConfigurationException if a stage's confidences are not on one scale */
    StageEvidence evidence() {
        return new StageEvidence(
                IntStream.range(0, stages()).mapToObj(this::scale).toList());
    }

    private ConfidenceScale scale(int stage) {
        try {
            return ConfidenceScale.of(Arrays.stream(answers)
                    .mapToDouble(row -> row[stage].confidence())
                    .toArray());
        } catch (ConfigurationException e) {
            throw new ConfigurationException("stage " + (stage + 1) + " of " + stages() + ": " + e.getMessage(), e);
        }
    }
}
