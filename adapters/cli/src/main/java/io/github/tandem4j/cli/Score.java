package io.github.tandem4j.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.onnx.OnnxModel;
import io.github.tandem4j.onnx.TextScore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Scores a text with a local model. */
@Command(
        name = "score",
        description =
                "Measures how well a local model foresees a text: teacher-forced, over consecutive windows of 1,024"
                        + " tokens, of which the first is given and not scored.",
        mixinStandardHelpOptions = true)
final class Score implements Callable<Integer> {

    private static final int WINDOW = 1024;

    private final Surroundings surroundings;

    @Mixin
    private LocalModel model;

    @Option(names = "--file", required = true, paramLabel = "TEXT", description = "A file of text in UTF-8.")
    private Path file = Path.of("");

    @Option(names = "--json", description = "Print one JSON object and nothing else on standard output.")
    private boolean json;

    Score(Surroundings surroundings) {
        this.surroundings = surroundings;
        model = new LocalModel(surroundings);
    }

    @Override
    public Integer call() throws IOException {
        String text = TextFile.read(file);
        TextScore score;
        try (OnnxModel open = model.open();
                Progress scoring = new Progress("Scoring", surroundings)) {
            score = open.score(text, Math.min(WINDOW, open.window()), scoring::to);
        }
        if (score.tokens() == 0) {
            throw new RejectedRequestException(file + " has fewer than two tokens; valid is a text of two or more");
        }
        if (json) {
            surroundings.print(asJson(score));
        } else {
            surroundings
                    .out()
                    .printf(
                            Locale.ROOT,
                            "%d tokens, %.4f nats each, perplexity %.4f%n",
                            score.tokens(),
                            score.meanNll(),
                            score.perplexity());
        }
        return ExitCode.OK.number();
    }

    private static ObjectNode asJson(TextScore score) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.put("tokens", score.tokens());
        result.put("mean_nll", score.meanNll());
        result.put("perplexity", score.perplexity());
        integers(result.putArray("token_ids"), score.tokenIds());
        ArrayNode nll = result.putArray("nll");
        for (float value : score.nll()) {
            nll.add(value);
        }
        integers(result.putArray("top1"), score.top1());
        return result;
    }

    private static void integers(ArrayNode array, int[] values) {
        for (int value : values) {
            array.add(value);
        }
    }
}
