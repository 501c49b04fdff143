package io.github.tandem4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.Price;
import io.github.tandem4j.router.WholeFile;
import io.github.tandem4j.router.outcomes.OutcomeImports;
import io.github.tandem4j.router.outcomes.Prices;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.replay.ModelsReport;
import io.github.tandem4j.router.replay.Replay;
import io.github.tandem4j.router.replay.Report;
import io.github.tandem4j.router.replay.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures a router on recorded outcomes. */
@Command(
        name = "replay",
        description =
                "Measures what a router is worth on recorded outcomes, beside always-weak, always-strong, chance and an"
                        + " oracle. With --train it learns from those files and is tested on the outcomes; without, it"
                        + " learns from all folds but one and is tested on that one, for each.",
        mixinStandardHelpOptions = true)
final class ReplayLab implements Callable<Integer> {

    private static final JsonMapper JSON = new JsonMapper();

    private final Surroundings surroundings;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--outcomes",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "Recorded outcomes to test on, gzipped or not: JSON Lines, or CSV of RouteLLM or RouterBench, or"
                            + " JSON of LLMRouter, told by content.")
    private List<Path> outcomes = List.of();

    @Option(
            names = "--train",
            arity = "1..*",
            paramLabel = "FILE",
            description = "Recorded outcomes to learn from; they may share no query with the others.")
    private List<Path> train = List.of();

    @Option(names = "--weak", paramLabel = "MODEL", description = "The weak model of a pair.")
    private @Nullable String weak;

    @Option(names = "--strong", paramLabel = "MODEL", description = "The strong model of a pair.")
    private @Nullable String strong;

    @Option(
            names = "--models",
            split = ",",
            paramLabel = "MODEL",
            description = "Models to choose among, or 'all'; needs --train.")
    private List<String> models = List.of();

    @Option(
            names = "--lambda",
            defaultValue = "0",
            paramLabel = "L",
            description = "With --models: what a dollar is worth in quality (default: ${DEFAULT-VALUE}).")
    private double lambda;

    @Option(
            names = "--router",
            required = true,
            paramLabel = "NAME",
            description =
                    "What scores a prompt: random, oracle, length, knn, linear, ngrams, kernel, mlp, mf, sw, trees,"
                            + " probe, ensemble, or auto, which picks by validation within what it learns from.")
    private String router = "";

    @Option(
            names = "--folds",
            defaultValue = "5",
            paramLabel = "K",
            description = "Folds without --train (default: ${DEFAULT-VALUE}).")
    private int folds;

    @Option(
            names = "--group-by",
            paramLabel = "subject",
            description = "Hold whole subjects out, and resample subjects.")
    private @Nullable String groupBy;

    @Option(
            names = "--seed",
            defaultValue = "42",
            paramLabel = "N",
            description = "Seed of folds and resamples (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--prices",
            paramLabel = "FILE",
            description = "Prices of the models; by default prices.json beside the outcomes, if it is there.")
    private @Nullable Path prices;

    @Option(
            names = "--features",
            paramLabel = "DIR",
            description = "Where embeddings and readings of prompts are kept for the next time.")
    private @Nullable Path features;

    @Option(names = "--include-contaminated", description = "Take queries in that published training sets contain.")
    private boolean contaminated;

    @Option(names = "--fast", description = "Leave out what needs a language model to read the prompt.")
    private boolean fast;

    @Option(names = "--report", paramLabel = "HTML", description = "Write a report as one HTML page.")
    private @Nullable Path report;

    @Option(names = "--csv", paramLabel = "FILE", description = "Write the figures and the curve as CSV.")
    private @Nullable Path csv;

    @Option(names = "--json", description = "Print one JSON object and nothing else on standard output.")
    private boolean json;

    ReplayLab(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        boolean isPair = weak != null && strong != null;
        if (isPair != models.isEmpty() || (weak == null) != (strong == null)) {
            throw new IllegalArgumentException("name a pair by --weak and --strong, or several by --models");
        }
        if (isPair && String.valueOf(weak).equals(strong)) {
            throw new IllegalArgumentException("--weak and --strong are both " + weak + "; valid are two models");
        }
        if (!models.isEmpty() && train.isEmpty()) {
            throw new IllegalArgumentException("--models needs --train, the files to learn from");
        }
        if (fast && router.equals("probe")) {
            throw new IllegalArgumentException("--fast leaves the probe out, and --router is probe; valid is another");
        }
        if (groupBy != null && !groupBy.equals("subject")) {
            throw new IllegalArgumentException("--group-by is " + groupBy + "; valid is subject");
        }
        if (!models.isEmpty() && (report != null || csv != null)) {
            throw new IllegalArgumentException("--report and --csv show a pair; name it by --weak and --strong");
        }
        long start = System.nanoTime();
        RecordedOutcomes data = read(outcomes);
        ObjectNode result;
        try (Progress progress = new Progress("Replaying", surroundings);
                RouterSources sources = new RouterSources(surroundings, features)) {
            RouterNames routers = new RouterNames(seed, groupBy != null, fast, sources);
            Replay replay = Replay.of(data).seed(seed).priced(prices()).progress(progress::to);
            replay = groupBy == null ? replay : replay.bySubject();
            replay = contaminated ? replay.includingContaminated() : replay;
            if (weak != null && strong != null) {
                result = pair(replay, routers.pair(router, weak, strong), weak, strong);
            } else {
                result = several(replay, data, routers);
            }
        }
        result.put("seconds", (System.nanoTime() - start) / 1e9);
        if (json) {
            surroundings.print(result);
        }
        return ExitCode.OK.number();
    }

    private ObjectNode pair(Replay replay, Trainer trainer, String weaker, String stronger) {
        Report found = train.isEmpty()
                ? replay.crossFit(folds, router, trainer, weaker, stronger)
                : replay.trainedOn(read(train), router, trainer, weaker, stronger);
        if (report != null) {
            found.remark("Command", command()).writeHtml(report);
        }
        if (csv != null) {
            WholeFile.write(csv, found.toCsv());
        }
        if (!json) {
            surroundings.out().print(found);
        }
        return parsed(found.toJson());
    }

    private ObjectNode several(Replay replay, RecordedOutcomes data, RouterNames routers) {
        List<String> among = models.equals(List.of("all")) ? data.models() : models;
        ModelsReport found = replay.among(among, read(train), router, routers.among(router, among), lambda);
        if (!json) {
            surroundings.out().print(found);
        } else if (!found.isCostKnown() && lambda > 0) {
            surroundings.complain("the cost of a model is not known, so --lambda had no effect: give --prices");
        }
        return parsed(found.toJson());
    }

    private static RecordedOutcomes read(List<Path> files) {
        RecordedOutcomes all = null;
        for (Path file : files) {
            RecordedOutcomes more = OutcomeImports.read(file);
            all = all == null ? more : all.and(more);
        }
        return Objects.requireNonNull(all, "files");
    }

    private Map<String, Price> prices() {
        if (prices != null) {
            return Prices.read(prices);
        }
        Path beside = outcomes.get(0).toAbsolutePath().resolveSibling("prices.json");
        return Files.isRegularFile(beside) ? Prices.read(beside) : Map.of();
    }

    private String command() {
        return spec == null
                ? "tandem replay"
                : "tandem "
                        + String.join(" ", spec.commandLine().getParseResult().originalArgs());
    }

    private static ObjectNode parsed(String text) {
        try {
            return (ObjectNode) JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a report's own JSON can be read", e);
        }
    }
}
