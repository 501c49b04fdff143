package io.github.tandem4j.cli;

import static io.github.tandem4j.cascade.Confidences.meanTokenProbability;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Trace;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.DeferralRule;
import io.github.tandem4j.cascade.StageFailure;
import io.github.tandem4j.cascade.TextSignal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A conversation of several turns with the cascade, answers as they come. */
@Command(
        name = "chat",
        description = {
            "Talks with SmolLM2 and the configured large model.",
            "In the conversation: /why prints how the last answer came about, /new starts over, /quit ends."
        },
        mixinStandardHelpOptions = true)
final class Chat implements Callable<Integer> {

    private final Surroundings surroundings;
    private final List<ChatMessage> conversation = new ArrayList<>();
    private @Nullable Trace latest;

    @Option(names = "--system", paramLabel = "TEXT", description = "What the models are told to be.")
    private @Nullable String system;

    @Option(
            names = "--threshold",
            defaultValue = "0.70",
            description =
                    "Keep the small model's answer from this mean token probability on (default: ${DEFAULT-VALUE}).")
    private double threshold;

    @Option(names = "--max-tokens", defaultValue = "512", description = "Longest answer (default: ${DEFAULT-VALUE}).")
    private int maxTokens;

    Chat(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        PrintStream out = surroundings.out();
        DeferralRule rule = meanTokenProbability().atLeast(threshold).unless(TextSignal.values());
        if (maxTokens < 1) {
            throw new IllegalArgumentException("--max-tokens is " + maxTokens + "; valid is 1 or more");
        }
        try (var small = LocalModel.openSmolLm2(surroundings)) {
            ModelEndpoint large = LargeModel.in(surroundings).orElse(null);
            ModelEndpoint assistant = large == null ? small : cascade(small, rule, large);
            out.println(
                    large == null
                            ? "SmolLM2 alone; for a large model " + LargeModel.HOW + "."
                            : "SmolLM2 and " + large.id() + ".");
            BufferedReader lines = new BufferedReader(new InputStreamReader(surroundings.in(), StandardCharsets.UTF_8));
            startOver();
            while (true) {
                out.print("> ");
                out.flush();
                String line = lines.readLine();
                if (line == null || line.strip().equals("/quit")) {
                    return ExitCode.OK.number();
                }
                take(assistant, line.strip(), out);
            }
        }
    }

    private void take(ModelEndpoint assistant, String line, PrintStream out) {
        switch (line) {
            case "" -> {}
            case "/why" -> out.println(latest == null ? "Nothing was asked yet." : latest);
            case "/new" -> startOver();
            default -> {
                if (line.startsWith("/")) {
                    out.println("Commands are /why, /new and /quit.");
                } else {
                    turn(assistant, line, out);
                }
            }
        }
    }

    private void turn(ModelEndpoint assistant, String line, PrintStream out) {
        List<ChatMessage> messages = new ArrayList<>(conversation);
        messages.add(UserMessage.from(line));
        try {
            Reply reply = assistant.answer(
                    Request.of(ChatRequest.builder()
                            .messages(messages)
                            .maxOutputTokens(maxTokens)
                            .build()),
                    text -> {
                        out.print(text);
                        out.flush();
                    });
            out.println();
            latest = reply.trace();
            messages.add(reply.response().aiMessage());
            conversation.clear();
            conversation.addAll(messages);
        } catch (TandemException e) { // the conversation goes on as if this turn had not been
            out.println();
            surroundings.complain(String.valueOf(e.getMessage()));
            latest = e.trace().orElse(latest);
        }
    }

    private void startOver() {
        conversation.clear();
        if (system != null && !system.isBlank()) {
            conversation.add(SystemMessage.from(system));
        }
    }

    private static ModelEndpoint cascade(ModelEndpoint small, DeferralRule rule, ModelEndpoint large) {
        return Cascade.startingWith(small)
                .keepWhen(rule)
                .deferTo(large)
                .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                .build();
    }
}
