package io.github.tandem4j.cli;

import static io.github.tandem4j.cascade.Confidences.meanTokenProbability;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Cost;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Trace;
import io.github.tandem4j.Usd;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.DeferralRule;
import io.github.tandem4j.cascade.StageFailure;
import io.github.tandem4j.cascade.TextSignal;
import io.github.tandem4j.cascade.Verdict;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The main job: a dozen prompts through a cascade of SmolLM2 and the large model that the environment configures. */
@Command(
        name = "demo",
        description = "Sends a dozen prompts through a cascade of SmolLM2 and the configured large model.",
        mixinStandardHelpOptions = true)
final class Demo implements Callable<Integer> {

    private static final int MAX_TOKENS = 128;

    private final Surroundings surroundings;

    @Option(names = "--json", description = "Print one JSON object and nothing else on standard output.")
    private boolean json;

    @Option(
            names = "--threshold",
            defaultValue = "0.70",
            description =
                    "Keep the small model's answer from this mean token probability on (default: ${DEFAULT-VALUE}).")
    private double threshold;

    Demo(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** What one prompt led to. */
    private record Answered(DemoPrompt prompt, Reply reply, boolean deferred, double seconds) {}

    @Override
    public Integer call() {
        ModelEndpoint large = LargeModel.in(surroundings).orElse(null);
        DeferralRule rule = meanTokenProbability().atLeast(threshold).unless(TextSignal.values());
        long start = System.nanoTime();
        Cost cost = Cost.NONE;
        Usd largeAlone = Usd.ZERO;
        Price price = large == null ? null : large.profile().price().orElse(null);
        ArrayNode rows = JsonNodeFactory.instance.arrayNode();
        (json ? surroundings.err() : surroundings.out()).println(introduction(large));
        try (var small = LocalModel.openSmolLm2(surroundings);
                Progress answering = new Progress("Answering", surroundings)) {
            for (DemoPrompt prompt : DemoPrompt.ALL) {
                if (json) { // else the answers themselves show how far it is
                    answering.to(rows.size() / (double) DemoPrompt.ALL.size());
                }
                say("\n[" + prompt.task() + "] " + prompt.prompt() + "\n");
                Answered answered =
                        large == null ? answerAlone(small, rule, prompt) : answer(small, large, rule, prompt);
                say(verdictOn(answered, large) + "\n");
                if (json) {
                    failureIn(answered.reply.trace()).ifPresent(surroundings::complain);
                }
                rows.add(row(answered));
                cost = cost.plus(answered.reply.cost());
                if (price != null) {
                    largeAlone = largeAlone.plus(alone(price, answered));
                }
            }
        }
        double seconds = seconds(start);
        if (json) {
            ObjectNode result = JsonNodeFactory.instance.objectNode();
            result.set("prompts", rows);
            result.put("cost_usd", cost.usd().amount());
            result.put("large_alone_usd", price == null ? null : largeAlone.amount());
            result.put("seconds", seconds);
            surroundings.print(result);
        } else {
            say(summary(rows, cost, large, price == null ? null : largeAlone, seconds));
        }
        return ExitCode.OK.number();
    }

    private Answered answer(ModelEndpoint small, ModelEndpoint large, DeferralRule rule, DemoPrompt prompt) {
        Cascade cascade = Cascade.startingWith(small)
                .keepWhen(rule)
                .deferTo(large)
                .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                .build();
        long start = System.nanoTime();
        Reply reply = cascade.answer(request(prompt), listener());
        boolean deferred = reply.trace().decisions().stream()
                .anyMatch(decision -> decision.what().equals("deferred"));
        return new Answered(prompt, reply, deferred, seconds(start));
    }

    private Answered answerAlone(ModelEndpoint small, DeferralRule rule, DemoPrompt prompt) {
        long start = System.nanoTime();
        Request request = request(prompt);
        Reply reply = small.answer(request, listener());
        Verdict verdict = rule.judge(request, reply);
        return new Answered(prompt, reply, !verdict.keeps(), seconds(start));
    }

    private static Request request(DemoPrompt prompt) {
        return Request.of(ChatRequest.builder()
                .messages(UserMessage.from(prompt.prompt()))
                .maxOutputTokens(MAX_TOKENS)
                .temperature(0.0)
                .build());
    }

    private TokenSink listener() {
        PrintStream out = surroundings.out();
        return json
                ? TokenSink.NONE
                : text -> {
                    out.print(text);
                    out.flush();
                };
    }

    private static String introduction(@Nullable ModelEndpoint large) {
        return large == null
                ? "No large model is configured, so SmolLM2 answers everything, and what it would have deferred is "
                        + "marked.\nTo see both: " + LargeModel.HOW + "."
                : "SmolLM2 answers what it is sure of; " + large.id() + " answers the rest.";
    }

    private static String verdictOn(Answered answered, @Nullable ModelEndpoint large) {
        Reply reply = answered.reply;
        String mark = !answered.deferred ? "kept" : large == null ? "would have been deferred" : "deferred";
        String failure = failureIn(reply.trace()).map(why -> "; " + why).orElse("");
        return String.format(
                Locale.ROOT,
                "%n  -> %s, %s, %s, %s, %.2f s%s",
                reply.author(),
                mark,
                reply.confidence().isKnown() ? reply.confidence() : "confidence unknown",
                reply.cost().usd(),
                answered.seconds,
                failure);
    }

    private static Optional<String> failureIn(Trace trace) {
        return trace.nodes()
                .filter(node -> node.outcome() == Trace.Outcome.FAILED)
                .map(node -> node.endpoint() + " failed: " + node.failure())
                .findFirst();
    }

    private static ObjectNode row(Answered answered) {
        Reply reply = answered.reply;
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        row.put("prompt", answered.prompt.prompt());
        row.put("answer", reply.text());
        row.put("endpoint", reply.author());
        if (reply.confidence().isKnown()) {
            row.put("confidence", reply.confidence().value());
        } else {
            row.putNull("confidence");
        }
        row.put("deferred", answered.deferred);
        row.put("cost_usd", reply.cost().usd().amount());
        row.put("seconds", answered.seconds);
        row.put("output_tokens", outputTokens(reply));
        return row;
    }

    /** What the large model would have taken: for its own answers what it took, for kept ones their tokens at its price. */
    private static Usd alone(Price price, Answered answered) {
        Cost cost = answered.reply.cost();
        return answered.reply.author().equals(LocalModel.SMOLLM2)
                ? price.of(cost.inputTokens(), outputTokens(answered.reply))
                : cost.usd();
    }

    private static long outputTokens(Reply reply) {
        return reply.cost().byEndpoint().stream()
                .filter(entry -> entry.endpoint().equals(reply.author()))
                .mapToLong(entry -> entry.outputTokens())
                .sum();
    }

    private static String summary(
            ArrayNode rows, Cost cost, @Nullable ModelEndpoint large, @Nullable Usd largeAlone, double seconds) {
        long deferred = 0;
        for (var row : rows) {
            deferred += row.get("deferred").booleanValue() ? 1 : 0;
        }
        String share = rows.size() - deferred + " of " + rows.size() + " answers kept, " + deferred
                + (large == null ? " would have been deferred" : " deferred");
        String alone = large == null
                ? "what a large model alone would have cost is not known without one"
                : largeAlone == null
                        ? "no price is known for " + large.id() + ", so what it alone would have cost is not known"
                        : large.id() + " alone would have cost " + largeAlone;
        return String.format(Locale.ROOT, "%n%s. Cost: %s; %s. %.1f s in all.", share, cost, alone, seconds);
    }

    private void say(String text) {
        if (!json) {
            surroundings.out().println(text);
        }
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
