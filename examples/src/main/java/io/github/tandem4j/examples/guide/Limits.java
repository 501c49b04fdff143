package io.github.tandem4j.examples.guide;

import dev.langchain4j.model.chat.ChatModel;
import io.github.tandem4j.Budget;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Price;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.remote.RemoteEndpoint;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Limits that travel with a call. */
final class Limits {

    private Limits() {}

    static Reply limited(ModelEndpoint assistant, Budget today, String question) {
        // snippet: limits
        Request request = Request.of(question)
                .deadline(Duration.ofSeconds(20)) // for the whole call, whatever it is made of
                .spendAtMost("0.01") // US dollars, for this call
                .useAtMostTokens(20_000) // prompt and completion, over all models
                .within(today) // a budget that other calls share
                .label(PrivacyLabel.OPEN) // or MASKED_ONLY, or LOCAL_ONLY
                .tenant("acme");
        Reply reply = assistant.answer(request);
        // end
        return reply;
    }

    static Optional<TandemException> refusal(ModelEndpoint assistant, Request request) {
        // snippet: refusal
        Optional<TandemException> refusal = assistant.refusal(request); // asks no model
        // end
        return refusal;
    }

    // snippet: budgets
    /** A budget for each tenant and day, in this process. */
    static final class DailyBudgets {

        private record Key(String tenant, LocalDate day) {}

        private final Map<Key, Budget> budgets = new ConcurrentHashMap<>();
        private final Clock clock;

        DailyBudgets(Clock clock) {
            this.clock = clock;
        }

        Budget today(String tenant) {
            LocalDate today = LocalDate.now(clock);
            budgets.keySet().removeIf(key -> key.day().isBefore(today));
            return budgets.computeIfAbsent(new Key(tenant, today), key -> Budget.ofUsd("5.00"));
        }
    }
    // end

    static ModelEndpoint bounded(String key) {
        // snippet: max-output
        ModelEndpoint large = RemoteEndpoint.openAi()
                .apiKey(key)
                .model("gpt-4o-mini")
                .maxOutputTokens(1_000) // the longest answer, and so what a call reserves
                .build();
        // end
        return large;
    }

    static ModelEndpoint ownServer() {
        // snippet: own-price
        ModelEndpoint own = RemoteEndpoint.openAi()
                .baseUrl("http://gpu-7:8000/v1")
                .model("Qwen/Qwen3-32B")
                .price(Price.perMillionTokens("0.10", "0.30")) // or Price.FREE
                .contextWindow(32_768)
                .maxOutputTokens(2_000)
                .build();
        // end
        return own;
    }

    static ChatModel asChatModel(ModelEndpoint assistant, DailyBudgets budgets) {
        // snippet: limited-model
        ChatModel model = assistant.asChatModel(request ->
                request.deadline(Duration.ofSeconds(20)).spendAtMost("0.01").within(budgets.today("acme")));
        // end
        return model;
    }
}
