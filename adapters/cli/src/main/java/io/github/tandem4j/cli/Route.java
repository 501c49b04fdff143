package io.github.tandem4j.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.learning.Estimate;
import io.github.tandem4j.router.learning.LearnedRouter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says whom a trained router would choose for a prompt, and why. */
@Command(
        name = "route",
        description = "Says which model a trained router would choose for a prompt, and why. No model is asked.",
        mixinStandardHelpOptions = true)
final class Route implements Callable<Integer> {

    private final Surroundings surroundings;

    @Option(
            names = "--router",
            required = true,
            paramLabel = "FILE",
            description = "A router file that 'tandem train' wrote.")
    private Path router = Path.of("");

    @Parameters(paramLabel = "PROMPT", description = "What would be asked.")
    private String prompt = "";

    @Option(names = "--json", description = "Print one JSON object and nothing else on standard output.")
    private boolean json;

    Route(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        Request request = Request.of(prompt);
        try (RouterSources sources = new RouterSources(surroundings, null)) {
            List<Features> views = new ArrayList<>();
            for (String view : LearnedRouter.viewsOf(router)) {
                if (view.startsWith("embedding.")
                        && views.stream().noneMatch(known -> known.id().equals(view))) {
                    views.add(sources.embedding());
                } else if (!view.startsWith("embedding.")) {
                    views.addAll(sources.probe().views());
                }
            }
            LearnedRouter trained = LearnedRouter.load(router, views.toArray(Features[]::new));
            if (json) {
                surroundings.print(asJson(trained, request));
            } else {
                surroundings.out().println(trained.explain(request));
            }
        }
        return ExitCode.OK.number();
    }

    private static ObjectNode asJson(LearnedRouter trained, Request request) {
        Estimate estimate = trained.quality().estimate(request);
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.put("model", trained.model(request));
        String explained = trained.explain(request);
        result.put("why", explained.substring(explained.lastIndexOf('\n') + 1));
        ObjectNode qualities = result.putObject("quality");
        estimate.qualities().forEach(qualities::put);
        result.put("familiarity", estimate.familiarity());
        return result;
    }
}
