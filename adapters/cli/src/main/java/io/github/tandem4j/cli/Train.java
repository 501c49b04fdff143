package io.github.tandem4j.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.router.learning.LearnedRouter;
import io.github.tandem4j.router.learning.NamedRouters;
import io.github.tandem4j.router.learning.Provenance;
import io.github.tandem4j.router.learning.Training;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains a router from recorded outcomes. */
@Command(
        name = "train",
        description = "Trains a router from recorded outcomes and writes it to a file.",
        mixinStandardHelpOptions = true)
final class Train implements Callable<Integer> {

    private final Surroundings surroundings;

    @Option(
            names = "--outcomes",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Recorded outcomes to learn from, JSON Lines, gzipped or not.")
    private List<Path> outcomes = List.of();

    @Option(names = "--weak", paramLabel = "MODEL", description = "The weak model of a pair.")
    private @Nullable String weak;

    @Option(names = "--strong", paramLabel = "MODEL", description = "The strong model of a pair.")
    private @Nullable String strong;

    @Option(names = "--models", split = ",", paramLabel = "MODEL", description = "Models to choose among, or 'all'.")
    private List<String> models = List.of();

    @Option(
            names = "--router",
            defaultValue = "auto",
            paramLabel = "NAME",
            description =
                    "What scores a prompt: length, knn, linear, ngrams, kernel, mlp, mf, sw, trees, probe, ensemble or"
                            + " auto (default: ${DEFAULT-VALUE}).")
    private String router = "auto";

    @Option(
            names = "--strong-share",
            defaultValue = "0.5",
            paramLabel = "SHARE",
            description = "Of a pair, the share of requests for the strong model, 0 to 1 (default: ${DEFAULT-VALUE}).")
    private double strongShare;

    @Option(names = "--fast", description = "Leave out what needs a language model to read the prompt.")
    private boolean fast;

    @Option(names = "--include-contaminated", description = "Take queries in that published training sets contain.")
    private boolean contaminated;

    @Option(
            names = "--features",
            paramLabel = "DIR",
            description = "Keep embeddings and readings there, so that they are computed once.")
    private @Nullable Path features;

    @Option(names = "--seed", defaultValue = "7", paramLabel = "N", description = "Seed (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The router file to write.")
    private Path out = Path.of("");

    @Option(names = "--json", description = "Print one JSON object and nothing else on standard output.")
    private boolean json;

    Train(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        RecordedOutcomes all = RecordedOutcomes.read(outcomes);
        RecordedOutcomes useful = contaminated ? all : all.uncontaminated();
        long start = System.nanoTime();
        LearnedRouter trained;
        try (RouterSources sources = new RouterSources(surroundings, features);
                Progress progress = new Progress("Training", surroundings)) {
            trained = team(LearnedRouter.training(useful))
                    .by(NamedRouters.recipe(router, sources.of(router, fast), count(useful)))
                    .seed(seed)
                    .progress(progress::to)
                    .fit()
                    .router();
        }
        if (trained.quality().isPair()) {
            trained = trained.callingStrongFor(strongShare);
        }
        trained.save(out);
        report(trained, (System.nanoTime() - start) / 1e9);
        return ExitCode.OK.number();
    }

    private int count(RecordedOutcomes useful) {
        return weak != null
                ? 2
                : models.equals(List.of("all")) ? useful.models().size() : models.size();
    }

    private Training team(Training training) {
        if (weak != null && strong != null && models.isEmpty()) {
            return training.between(weak, strong);
        }
        if (weak == null && strong == null && !models.isEmpty()) {
            return models.equals(List.of("all")) ? training : training.among(models);
        }
        throw new IllegalArgumentException("name a pair by --weak and --strong, or several by --models");
    }

    private void report(LearnedRouter trained, double seconds) {
        Provenance made = trained.quality().provenance();
        if (!json) {
            surroundings.out().println("Wrote " + out + ": " + made);
            return;
        }
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.put("router", made.recipe())
                .put("n", made.queries())
                .put("fingerprint", made.fingerprint())
                .put("seed", made.seed())
                .put("out", out.toString());
        ArrayNode names = result.putArray("models");
        trained.quality().models().forEach(names::add);
        ObjectNode metrics = result.putObject("cross_validated");
        new TreeMap<>(made.metrics()).forEach((name, value) -> {
            if (Double.isFinite(value)) {
                metrics.put(name, value);
            }
        });
        result.put("seconds", seconds);
        surroundings.print(result);
    }
}
