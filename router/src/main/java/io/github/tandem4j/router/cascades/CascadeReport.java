package io.github.tandem4j.router.cascades;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a policy is worth on queries that it has not seen: the very cascade of production, run over recorded endpoints, and
 * beside it what it must be compared with.
 *
 * @param n on how many queries it was tried; those that not every stage answered are left out
 * @param gaps how many were left out
 * @param cascade the policy's cascade
 * @param lossHalfWidth half the width of the 95 % interval around its loss: 1.96 standard errors of the differences, query
 *     by query
 * @param shares the share of queries that each stage's answer was given to, by stage
 * @param alone each stage alone, by stage; the last is what losses are counted from
 * @param thresholds by name: cascades of the cheapest confidence thresholds that lose at most the policy's loss, or
 *     nothing, on the training rows
 * @param random a stage drawn by chance for each query, as often as the policy gave its answers
 * @param oracle who knows the outcomes asks the cheapest of the stages that are best
 */
public record CascadeReport(
        int n,
        int gaps,
        Figure cascade,
        double lossHalfWidth,
        Map<String, Double> shares,
        Map<String, Figure> alone,
        Map<String, Figure> thresholds,
        Figure random,
        Figure oracle) {

    /**
     * What one way to answer was worth.
     *
     * @param score the mean quality, 0..1
     * @param costUsd the mean cost of a query, in US dollars
     */
    public record Figure(double score, double costUsd) {}

    /** Copies the maps. */
    public CascadeReport {
        shares = new LinkedHashMap<>(shares);
        alone = new LinkedHashMap<>(alone);
        thresholds = new LinkedHashMap<>(thresholds);
    }

    /**
     * Tries a policy.
     *
     * @param train what the policy was trained on, on which the thresholds are fitted too
     * @param test other queries
     * @throws ConfigurationException if the two share a query, if no query was answered by all stages, or
     *     if a cost is missing
     */
    public static CascadeReport of(CascadePolicy policy, RecordedOutcomes train, RecordedOutcomes test) {
        return of(policy, train, test, Map.of());
    }

    /** Tries a policy, with prices for answers whose cost was not recorded. See {@link #of(CascadePolicy,
     * RecordedOutcomes, RecordedOutcomes)}. */
    public static CascadeReport of(
            CascadePolicy policy, RecordedOutcomes train, RecordedOutcomes test, Map<String, Price> prices) {
        test.requireNoneOf(train);
        RecordedOutcomes complete = test.having(policy.stages());
        if (complete.size() == 0) {
            throw new ConfigurationException(
                    "none of " + test.size() + " queries has outcomes of all stages " + policy.stages());
        }
        List<RecordedEndpoint> stages = policy.stages().stream()
                .map(stage -> Examples.endpoint(stage, complete, prices))
                .toList();
        String last = policy.stages().get(stages.size() - 1);
        Run run = Run.of(
                Cascade.of(stages)
                        .decidedBy(policy.readingConfidenceBy(RecordedEndpoint.recordedConfidence()))
                        .build(),
                complete);
        double[] losses = new double[complete.size()];
        for (int i = 0; i < losses.length; i++) {
            losses[i] = complete.queries().get(i).score(last) - run.scores[i];
        }
        Map<String, Double> shares = new LinkedHashMap<>();
        Map<String, Figure> alone = new LinkedHashMap<>();
        List<Run> runs = new ArrayList<>();
        double score = 0;
        double cost = 0;
        for (RecordedEndpoint stage : stages) {
            double share =
                    (double) run.authors.stream().filter(stage.id()::equals).count() / losses.length;
            Run single = Run.of(stage, complete);
            Figure figure = single.figure();
            shares.put(stage.id(), share);
            alone.put(stage.id(), figure);
            runs.add(single);
            score += share * figure.score;
            cost += share * figure.costUsd;
        }
        Examples examples = Examples.of(train.having(policy.stages()), policy.stages(), prices);
        Map<String, Figure> thresholds = new LinkedHashMap<>();
        for (double loss : new double[] {policy.maxLoss(), 0}) {
            thresholds.put(
                    "at most " + loss,
                    Run.of(ThresholdGrid.fit(examples, loss).over(stages), complete)
                            .figure());
        }
        return new CascadeReport(
                losses.length,
                test.size() - losses.length,
                run.figure(),
                1.96 * standardError(losses),
                shares,
                alone,
                thresholds,
                new Figure(score, cost),
                oracle(runs));
    }

    /** {@return the score of the last stage alone less the cascade's} */
    public double loss() {
        return lastStage().score - cascade.score;
    }

    /** {@return the cascade's cost as a share of the last stage's} */
    public double costRatio() {
        return cascade.costUsd / lastStage().costUsd;
    }

    /** {@return the last stage alone} */
    public Figure lastStage() {
        return List.copyOf(alone.values()).get(alone.size() - 1);
    }

    private static double standardError(double... values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
        return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1) / values.length);
    }

    private static Figure oracle(List<Run> runs) {
        int n = runs.get(0).scores.length;
        double score = 0;
        double cost = 0;
        for (int i = 0; i < n; i++) {
            Run best = runs.get(0);
            for (Run run : runs) {
                boolean better = run.scores[i] > best.scores[i]
                        || (run.scores[i] == best.scores[i] && run.costs[i] < best.costs[i]);
                best = better ? run : best;
            }
            score += best.scores[i] / n;
            cost += best.costs[i] / n;
        }
        return new Figure(score, cost);
    }

    /** One endpoint asked all queries. */
    private static final class Run {

        private final double[] scores;
        private final double[] costs;
        private final List<String> authors;

        private Run(double[] scores, double[] costs, List<String> authors) {
            this.scores = scores;
            this.costs = costs;
            this.authors = authors;
        }

        static Run of(ModelEndpoint endpoint, RecordedOutcomes queries) {
            Run run = new Run(new double[queries.size()], new double[queries.size()], new ArrayList<>());
            int i = 0;
            for (RecordedQuery query : queries) {
                Reply reply = endpoint.answer(query.request());
                run.scores[i] = query.score(reply.author());
                run.costs[i++] = Examples.cost(query, reply.author(), reply);
                run.authors.add(reply.author());
            }
            return run;
        }

        Figure figure() {
            return new Figure(
                    Arrays.stream(scores).average().orElseThrow(),
                    Arrays.stream(costs).average().orElseThrow());
        }
    }
}
