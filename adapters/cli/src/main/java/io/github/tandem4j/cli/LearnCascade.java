package io.github.tandem4j.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.router.cascades.CascadePolicy;
import io.github.tandem4j.router.cascades.CascadeReport;
import io.github.tandem4j.router.cascades.CascadeTraining;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Fits a cascade's policy on recorded outcomes and tries it on others. */
@Command(
        name = "cascade",
        description = "Fits a policy for a cascade on recorded outcomes, and says what it is worth on others: where to"
                + " begin, and after each answer whether to stop, to go on or to skip a stage.",
        mixinStandardHelpOptions = true)
final class LearnCascade implements Callable<Integer> {

    private final Surroundings surroundings;

    @Option(
            names = "--train",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Recorded outcomes to fit the policy on.")
    private List<Path> train = List.of();

    @Option(
            names = "--outcomes",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Recorded outcomes of other queries to try it on.")
    private List<Path> outcomes = List.of();

    @Option(
            names = "--stages",
            split = ",",
            paramLabel = "MODEL",
            description = "The stages, cheapest first; by default all models of the training data, in order of cost.")
    private List<String> stages = List.of();

    @Option(
            names = "--max-loss",
            paramLabel = "SCORE",
            defaultValue = "0.01",
            description = "How much mean score may be lost against the last stage; ${DEFAULT-VALUE} by default.")
    private double maxLoss;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "The seed of the folds in training; ${DEFAULT-VALUE} by default.")
    private long seed;

    @Option(names = "--out", paramLabel = "FILE", description = "Write the policy here.")
    private @Nullable Path out;

    @Option(names = "--json", description = "Print one JSON object and nothing else on standard output.")
    private boolean json;

    LearnCascade(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        long start = System.nanoTime();
        CascadePolicy policy;
        CascadeReport report;
        try (Progress progress = new Progress("Fitting", surroundings)) {
            RecordedOutcomes known = RecordedOutcomes.read(train);
            RecordedOutcomes unknown = RecordedOutcomes.read(outcomes);
            unknown.requireNoneOf(known);
            progress.to(0.1);
            CascadeTraining training =
                    CascadePolicy.training(known).maxLoss(maxLoss).seed(seed);
            policy = (stages.isEmpty() ? training : training.stages(stages)).fit();
            progress.to(0.7);
            report = CascadeReport.of(policy, known, unknown);
            progress.to(1);
        }
        if (out != null) {
            policy.write(out);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        if (json) {
            surroundings.print(asJson(policy, report, seconds));
        } else {
            print(policy, report, seconds);
        }
        return ExitCode.OK.number();
    }

    private ObjectNode asJson(CascadePolicy policy, CascadeReport report, double seconds) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.put("score", report.cascade().score());
        result.put("cost_usd", report.cascade().costUsd());
        result.put("last_stage_score", report.lastStage().score());
        result.put("last_stage_cost_usd", report.lastStage().costUsd());
        result.put("cost_ratio", report.costRatio());
        result.put("loss", report.loss());
        result.putArray("loss_ci")
                .add(report.loss() - report.lossHalfWidth())
                .add(report.loss() + report.lossHalfWidth());
        ObjectNode shares = result.putObject("stage_shares");
        report.shares().forEach(shares::put);
        result.put("start", policy.start());
        result.put("price", policy.price());
        result.put("max_loss", maxLoss);
        result.put("expected_loss", policy.expectedLoss());
        result.put("expected_cost_ratio", policy.expectedCostShare());
        result.put("train_n", policy.trainedOn());
        result.put("train_left_out", policy.gaps());
        result.put("n", report.n());
        result.put("left_out", report.gaps());
        ObjectNode baselines = result.putObject("baselines");
        report.alone().forEach((stage, figure) -> put(baselines, "always " + stage, figure));
        report.thresholds().forEach((name, figure) -> put(baselines, "thresholds " + name, figure));
        put(baselines, "random", report.random());
        put(baselines, "oracle", report.oracle());
        result.put("seed", seed);
        result.put("fingerprint", policy.fingerprint());
        result.put("seconds", seconds);
        return result;
    }

    private static void put(ObjectNode baselines, String name, CascadeReport.Figure figure) {
        baselines.putObject(name).put("score", figure.score()).put("cost_usd", figure.costUsd());
    }

    private void print(CascadePolicy policy, CascadeReport report, double seconds) {
        StringBuilder text = new StringBuilder(policy.explain());
        text.append(String.format(
                Locale.ROOT,
                "%nTried on %d other queries (%d left out):%n  %-34s %8s %14s%n",
                report.n(),
                report.gaps(),
                "",
                "score",
                "USD a query"));
        line(text, "cascade", report.cascade());
        report.alone().forEach((stage, figure) -> line(text, "always " + stage, figure));
        report.thresholds().forEach((name, figure) -> line(text, "thresholds, " + name, figure));
        line(text, "random, answers as often", report.random());
        line(text, "oracle", report.oracle());
        text.append(String.format(
                Locale.ROOT,
                "Loss against the last stage %.4f (95 %% interval %.4f to %.4f) at %.2f of its cost.%n",
                report.loss(),
                report.loss() - report.lossHalfWidth(),
                report.loss() + report.lossHalfWidth(),
                report.costRatio()));
        for (Map.Entry<String, Double> share : report.shares().entrySet()) {
            text.append(String.format(Locale.ROOT, "%s answers %.0f %%.%n", share.getKey(), 100 * share.getValue()));
        }
        text.append(String.format(Locale.ROOT, "%.1f s, seed %d%n", seconds, seed));
        surroundings.out().print(text);
        surroundings.out().flush();
    }

    private static void line(StringBuilder text, String name, CascadeReport.Figure figure) {
        text.append(String.format(Locale.ROOT, "  %-34s %8.4f %14.6f%n", name, figure.score(), figure.costUsd()));
    }
}
