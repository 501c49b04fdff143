package io.github.tandem4j.benchmarks;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.model.router.ModelRouter;
import io.github.tandem4j.Budget;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a strategy costs above its endpoints, which here do nothing; and, in the same run, what LangChain4j community's
 * {@code ModelRouter} costs above models that do as little.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class StrategyOverhead {

    private final ModelEndpoint small = idle("small");
    private final ModelEndpoint large = idle("large");
    private final Routing routing = Routing.among(small, large)
            .by((request, candidates) -> Choice.of(large, "always"))
            .build();
    private final Cascade cascade = Cascade.startingWith(small)
            .keepWhen((request, reply) -> Verdict.defer("always"))
            .deferTo(large)
            .build();
    private final Request request = Request.of("What is the capital of France?");
    private final Budget budget = Budget.ofTokens(Long.MAX_VALUE / 2);

    private final ChatModel idleModel = new IdleModel();
    private final ModelRouter modelRouter = ModelRouter.builder()
            .addRoutes(new IdleModel(), idleModel)
            .routingStrategy((models, chat) -> models.get(1))
            .build();
    private final ChatModel directAsChatModel = small.asChatModel();
    private final ChatModel routingAsChatModel = routing.asChatModel();

    private static ChatResponse response() {
        return ChatResponse.builder()
                .aiMessage(AiMessage.from("Paris."))
                .tokenUsage(new TokenUsage(7, 2))
                .build();
    }

    private static ModelEndpoint idle(String id) {
        Completion completion = Completion.of(response());
        return ModelEndpoint.of(
                id, ModelProfile.local().maxOutputTokens(64).build(), (chat, context, tokens) -> completion);
    }

    private static final class IdleModel implements ChatModel {

        private final ChatResponse response = response();

        @Override
        public ChatResponse doChat(ChatRequest chat) {
            return response;
        }
    }

    /** The yardstick: an endpoint asked directly. */
    @Benchmark
    public Reply direct() {
        return small.answer(request);
    }

    /** The yardstick of the next: a model of LangChain4j's asked directly. */
    @Benchmark
    public ChatResponse langChain4jDirect() {
        return idleModel.chat(request.chat());
    }

    /** LangChain4j community's router over two models. */
    @Benchmark
    public ChatResponse langChain4jModelRouter() {
        return modelRouter.chat(request.chat());
    }

    /** An endpoint as a chat model. */
    @Benchmark
    public ChatResponse directAsChatModel() {
        return directAsChatModel.chat(request.chat());
    }

    /** A routing over two endpoints as a chat model. */
    @Benchmark
    public ChatResponse routingAsChatModel() {
        return routingAsChatModel.chat(request.chat());
    }

    /** A routing over two endpoints. */
    @Benchmark
    public Reply routing() {
        return routing.answer(request);
    }

    /** A cascade that asks both of its stages. */
    @Benchmark
    public Reply cascadeOfTwo() {
        return cascade.answer(request);
    }

    /** The same cascade under a deadline and a shared budget. */
    @Benchmark
    public Reply cascadeOfTwoWithinLimits() {
        return cascade.answer(request.deadline(Duration.ofSeconds(30)).within(budget));
    }
}
