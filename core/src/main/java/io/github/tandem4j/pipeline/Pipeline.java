package io.github.tandem4j.pipeline;

import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Decision;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks endpoints in sequence, each with the request and what came before: one drafts and the next refines, one plans and
 * the next executes.
 *
 * <pre>{@code
 * ModelEndpoint writer = Pipeline.startingWith("draft", small)
 *         .then("refine", large, Handoffs.refine())
 *         .build();
 * }</pre>
 *
 * <p>The last answer is the pipeline's; the cost of every step counts. A step's failure is the pipeline's. A request that
 * some step could not take as it stands is refused before the first is asked; so a pipeline can do what every step can. A
 * handoff sees whether the answer before it {@linkplain Reply#isTruncated() was cut} by its limit of tokens, and {@link
 * Handoffs#refine()} tells the next step.
 *
 * <p>Heard through a sink, the last step's answer comes as it is made; when a handoff ends the pipeline early, the answer
 * of the step before comes whole.
 *
 * <p>Thread-safe if its handoffs are.
 */
public final class Pipeline extends StrategyEndpoint {

    private record Step(
            String name, ModelEndpoint endpoint, @Nullable Handoff handoff) {}

    private final List<Step> steps;

    private Pipeline(Builder builder) {
        this(builder, builder.steps.stream().map(Step::endpoint).toList());
    }

    private Pipeline(Builder builder, List<ModelEndpoint> endpoints) {
        super(builder.id, "pipeline", endpoints, profileOf(endpoints, endpoints.size()));
        steps = List.copyOf(builder.steps);
    }

    /** Starts a pipeline with its first step, which is asked the request as it is. */
    public static Builder startingWith(String step, ModelEndpoint endpoint) {
        return new Builder(step, endpoint);
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        refusalByMembers(call.request()).ifPresent(refusal -> {
            throw refusal;
        });
        List<Reply> before = new ArrayList<>(steps.size());
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            ChatRequest chat = call.request().chat();
            if (step.handoff != null) {
                Next next = next(call, step, step.handoff, List.copyOf(before));
                if (next.chat().isEmpty()) {
                    Reply answer = before.get(before.size() - 1);
                    call.deliver(answer);
                    return call.reply(answer);
                }
                chat = next.chat().get();
            }
            boolean last = i == steps.size() - 1;
            before.add(call.ask(step.name, step.endpoint, chat, last ? call.tokens() : TokenSink.NONE));
        }
        return call.reply(before.get(before.size() - 1));
    }

    private static Next next(StrategyCall call, Step step, Handoff handoff, List<Reply> before) {
        Next next = call.plugIn("handoff to " + step.name, () -> handoff.next(call.request(), before));
        call.decide(Decision.of(
                next.chat().isPresent() ? "handed on to " + step.name : "ended before " + step.name, next.why()));
        return next;
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        return steps.stream()
                .map(step -> step.endpoint.refusal(request))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Builds a pipeline. Its id is {@code pipeline} unless it is named. */
    public static final class Builder {

        private final List<Step> steps = new ArrayList<>();
        private String id = "pipeline";

        private Builder(String step, ModelEndpoint endpoint) {
            steps.add(new Step(named(step, "step"), Objects.requireNonNull(endpoint, "endpoint"), null));
        }

        /** Adds a step, and what decides what it is asked. */
        public Builder then(String step, ModelEndpoint endpoint, Handoff handoff) {
            steps.add(new Step(
                    named(step, "step"),
                    Objects.requireNonNull(endpoint, "endpoint"),
                    Objects.requireNonNull(handoff, "handoff")));
            return this;
        }

        /** Names it in traces and errors. */
        public Builder named(String name) {
            id = named(name, "pipeline");
            return this;
        }

        /** {@return the pipeline} */
        public Pipeline build() {
            return new Pipeline(this);
        }

        private static String named(String name, String what) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("name of a " + what + " is blank; valid is a word such as refine");
            }
            return name;
        }
    }
}
