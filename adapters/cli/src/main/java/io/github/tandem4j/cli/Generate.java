package io.github.tandem4j.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.onnx.Decoding;
import io.github.tandem4j.onnx.Generation;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.onnx.OnnxModel;
import io.github.tandem4j.onnx.grammar.OutputConstraint;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Completes one prompt with a local model. */
@Command(name = "generate", description = "Answers one prompt with a local model.", mixinStandardHelpOptions = true)
final class Generate implements Callable<Integer> {

    private final Surroundings surroundings;

    @Mixin
    private LocalModel model;

    @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "What to answer.")
    private String prompt = "";

    @Option(names = "--raw", description = "Continue the text as it is, without the model's chat template.")
    private boolean raw;

    @Option(
            names = "--max-tokens",
            defaultValue = "128",
            paramLabel = "N",
            description = "Longest answer (default: ${DEFAULT-VALUE}).")
    private int maxTokens;

    @Option(
            names = "--temperature",
            defaultValue = "0",
            paramLabel = "T",
            description = "0 always takes the likeliest token (default: ${DEFAULT-VALUE}).")
    private double temperature;

    @Option(names = "--seed", paramLabel = "S", description = "Makes draws repeatable.")
    private @Nullable Long seed;

    @Mixin
    private OutputForm form = new OutputForm();

    @Option(names = "--json", description = "Print one JSON object and nothing else on standard output.")
    private boolean json;

    Generate(Surroundings surroundings) {
        this.surroundings = surroundings;
        model = new LocalModel(surroundings);
    }

    @Override
    public Integer call() throws IOException {
        Decoding decoding = Decoding.greedy().temperature(temperature).maxTokens(maxTokens);
        if (raw ? prompt.isEmpty() : prompt.isBlank()) {
            throw new RejectedRequestException(
                    "--prompt is blank; valid is a text with at least one visible character");
        }
        if (seed != null) {
            decoding = decoding.seed(seed);
        }
        OutputConstraint constraint = form.constraint();
        if (constraint != null) {
            decoding = decoding.constrainedTo(constraint);
        }
        TokenSink sink = json ? TokenSink.NONE : this::say;
        Generation generation = raw ? continueText(decoding, sink) : answer(decoding, sink);
        if (json) {
            surroundings.print(asJson(generation));
        } else {
            surroundings.out().println();
        }
        return ExitCode.OK.number();
    }

    private Generation continueText(Decoding decoding, TokenSink sink) {
        try (OnnxModel open = model.open()) {
            return open.generate(prompt, decoding, CallContext.unlimited(), sink);
        }
    }

    private Generation answer(Decoding decoding, TokenSink sink) {
        try (OnnxEndpoint open = model.openEndpoint()) {
            int[] tokens = open.promptOf(List.of(UserMessage.from(prompt)));
            return open.model().generate(tokens, decoding, CallContext.unlimited(), sink);
        }
    }

    private void say(String text) {
        surroundings.out().print(text);
        surroundings.out().flush();
    }

    private static ObjectNode asJson(Generation generation) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.put("text", generation.text());
        ArrayNode ids = result.putArray("token_ids");
        for (int id : generation.tokenIds()) {
            ids.add(id);
        }
        numbers(result.putArray("logprobs"), generation.scores().logProbabilities());
        numbers(result.putArray("entropies"), generation.scores().entropies());
        numbers(result.putArray("margins"), generation.scores().margins());
        result.put("finish_reason", generation.finishReason().name().toLowerCase(Locale.ROOT));
        result.put("prompt_tokens", generation.promptTokens());
        result.put("output_tokens", generation.tokenIds().length);
        result.put("first_token_ms", generation.toFirstToken().toNanos() / 1e6);
        result.put("seconds", generation.total().toNanos() / 1e9);
        return result;
    }

    private static void numbers(ArrayNode array, float[] values) {
        for (float value : values) {
            array.add(value);
        }
    }
}
