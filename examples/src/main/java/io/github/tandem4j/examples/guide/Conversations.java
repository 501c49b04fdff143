package io.github.tandem4j.examples.guide;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.BestValue;
import io.github.tandem4j.router.InMemorySessions;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.routing.Affinity;
import io.github.tandem4j.routing.Router;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.routing.SessionKey;
import io.github.tandem4j.routing.SessionStore;
import io.github.tandem4j.routing.Stickiness;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Requests that belong together. */
final class Conversations {

    private Conversations() {}

    static ModelEndpoint sticky(ModelEndpoint small, ModelEndpoint large, Router router) {
        // snippet: sticky
        InMemorySessions sessions = InMemorySessions.builder()
                .atMost(50_000)
                .forgetAfter(Duration.ofHours(2))
                .build();
        ModelEndpoint tutor = Routing.among(small, large)
                .by(router)
                .sticky(Stickiness.within(sessions)
                        .switchAfter(3) // turns in a row in which the router proposes another; 2 unless said
                        .switchAtOnceFrom(0.95)) // or when it is this sure
                .named("tutor")
                .build();
        // end
        return tutor;
    }

    static Reply turn(ModelEndpoint tutor, ChatRequest conversation) {
        // snippet: session
        Reply reply = tutor.answer(Request.of(conversation).tenant("acme").session("conversation-4711"));
        // end
        return reply;
    }

    static ChatModel ofSession(ModelEndpoint tutor, String conversation) {
        // snippet: session-model
        ChatModel model = tutor.asChatModel(request -> request.session(conversation)); // one view a conversation
        // end
        return model;
    }

    static Router cacheAware(QualityEstimator estimator) {
        // snippet: best-value
        Router router = BestValue.by(estimator).payingForQuality(Usd.of("0.01"));
        // end
        return router;
    }

    static Price cachedPrice() {
        // snippet: cached-price
        Price price = Price.perMillionTokens("2.50", "10.00", "1.25"); // input, output, cached input
        // end
        return price;
    }

    // snippet: store
    /** Sessions in whatever the other processes see too; here a map stands for it. */
    static final class SharedSessions implements SessionStore {

        private final Map<SessionKey, Affinity> table = new ConcurrentHashMap<>();

        @Override
        public Optional<Affinity> find(SessionKey key) {
            return Optional.ofNullable(table.get(key));
        }

        @Override
        public void update(SessionKey key, Function<@Nullable Affinity, Affinity> change) {
            table.compute(key, (same, before) -> change.apply(before)); // atomic: a transaction, or compare-and-set
        }
    }
    // end
}
