package io.github.tandem4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.Price;
import io.github.tandem4j.router.WholeFile;
import io.github.tandem4j.router.certificates.Certificate;
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
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

    @Mixin
    private OutcomeFiles outcomes = new OutcomeFiles();

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
            names = "--against",
            paramLabel = "NAME",
            description = "Of a pair: another router, with which the first is compared query by query.")
    private @Nullable String against;

    @Option(
            names = "--certificate",
            paramLabel = "FILE",
            description = "Of a pair: a certificate of the weak model, as 'tandem certify --out' writes it, to be shown"
                    + " beside what its threshold does on these outcomes.")
    private @Nullable Path certificate;

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
        if (!models.isEmpty() && (against != null || certificate != null)) {
            throw new IllegalArgumentException(
                    "--against and --certificate are of a pair; name it by --weak and --strong");
        }
        long start = System.nanoTime();
        RecordedOutcomes data = outcomes.read();
        ObjectNode result;
        try (Progress progress = new Progress("Replaying", surroundings);
                RouterSources sources = new RouterSources(surroundings, features)) {
            RouterNames routers = new RouterNames(seed, groupBy != null, fast, sources);
            Replay replay = Replay.of(data).seed(seed).priced(prices());
            replay = groupBy == null ? replay : replay.bySubject();
            replay = contaminated ? replay.includingContaminated() : replay;
            result = weak != null && strong != null
                    ? pair(replay, routers, weak, strong, progress)
                    : several(replay.progress(progress::to), data, routers);
        }
        result.put("seconds", (System.nanoTime() - start) / 1e9);
        if (json) {
            surroundings.print(result);
        }
        return ExitCode.OK.number();
    }

    private ObjectNode pair(Replay replay, RouterNames routers, String weaker, String stronger, Progress progress) {
        double share = against == null ? 1 : 0.5;
        RecordedOutcomes known = train.isEmpty() ? null : outcomes.read(train);
        Report found =
                one(replay.progress(done -> progress.to(share * done)), known, routers, router, weaker, stronger);
        if (against != null) {
            Replay second = replay.progress(done -> progress.to(0.5 + 0.5 * done));
            found = found.comparing(found.against(one(second, known, routers, against, weaker, stronger)));
        }
        if (certificate != null) {
            Certificate shown = Certificate.load(certificate);
            if (!shown.model().equals(weaker)) {
                throw new IllegalArgumentException("--certificate is of " + shown.model() + ", and --weak is " + weaker
                        + "; valid is a certificate of that model");
            }
            found = found.certified(shown.threshold(), shown.alpha(), shown.delta());
        }
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

    private Report one(
            Replay replay,
            @Nullable RecordedOutcomes known,
            RouterNames routers,
            String name,
            String weaker,
            String stronger) {
        Trainer trainer = routers.pair(name, weaker, stronger);
        return known == null
                ? replay.crossFit(folds, name, trainer, weaker, stronger)
                : replay.trainedOn(known, name, trainer, weaker, stronger);
    }

    private ObjectNode several(Replay replay, RecordedOutcomes data, RouterNames routers) {
        List<String> among = models.equals(List.of("all")) ? data.models() : models;
        ModelsReport found = replay.among(among, outcomes.read(train), router, routers.among(router, among), lambda);
        if (report != null) {
            found.remark("Command", command()).writeHtml(report);
        }
        if (csv != null) {
            WholeFile.write(csv, found.toCsv());
        }
        if (!json) {
            surroundings.out().print(found);
        } else if (!found.isCostKnown() && lambda > 0) {
            surroundings.complain("the cost of a model is not known, so --lambda had no effect: give --prices");
        }
        return parsed(found.toJson());
    }

    private Map<String, Price> prices() {
        if (prices != null) {
            return Prices.read(prices);
        }
        Path beside = outcomes.paths().get(0).toAbsolutePath().resolveSibling("prices.json");
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
