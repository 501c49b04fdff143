package io.github.tandem4j.routing;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.output.TokenUsage;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenCount;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a routing remembers of its sessions. The store is somebody else's: what it throws, and what it says of endpoints
 * that the routing does not have, breaks no call.
 */
final class SessionMemory {

    private static final Logger log = LoggerFactory.getLogger(SessionMemory.class);

    private final String routing;
    private final Stickiness stickiness;
    private final Map<String, ModelEndpoint> members;
    private final AtomicBoolean warned = new AtomicBoolean();

    SessionMemory(String routing, Stickiness stickiness, List<ModelEndpoint> members) {
        this.routing = routing;
        this.stickiness = stickiness;
        this.members = members.stream()
                .distinct()
                .collect(Collectors.toUnmodifiableMap(ModelEndpoint::id, Function.identity()));
    }

    Stickiness stickiness() {
        return stickiness;
    }

    Turn begin(Request request) {
        CallContext context = request.context();
        String session = context.session().orElse(null);
        if (session == null) {
            return Turn.ofNoSession();
        }
        SessionKey key = new SessionKey(context.tenant().orElse(null), session, routing);
        Affinity known = find(key);
        ModelEndpoint current = known == null ? null : members.get(known.endpoint());
        if (known == null || current == null) {
            return new Turn(key, null, null, null, null);
        }
        ModelEndpoint caller = ToolExchange.unfinishedIn(request.chat())
                .map(exchange -> known.callerOf(exchange).map(members::get).orElse(current))
                .orElse(null);
        CachedPrompt cached =
                stickiness.cached(known, context.clock().instant()).orElse(null);
        return new Turn(key, known, current, caller, cached);
    }

    void end(Request request, Turn turn, ModelEndpoint answerer, Reply reply) {
        SessionKey key = turn.key().orElse(null);
        if (key == null) {
            return;
        }
        Instant now = request.context().clock().instant();
        long promptTokens = promptTokens(request, reply);
        AiMessage answer = reply.response().aiMessage();
        String calls = answer.hasToolExecutionRequests() ? new ToolExchange(answer).fingerprint() : null;
        try {
            stickiness
                    .store()
                    .update(key, before -> turn.after(recognised(before), answerer, now, promptTokens, calls));
        } catch (RuntimeException e) {
            warn("threw at an update", e);
        }
    }

    private @Nullable Affinity find(SessionKey key) {
        try {
            Affinity found = Objects.requireNonNull(stickiness.store().find(key), "found")
                    .orElse(null);
            if (found != null && recognised(found) == null) {
                warn("names the endpoint " + found.endpoint() + ", which is none of " + members.keySet(), null);
            }
            return recognised(found);
        } catch (RuntimeException e) {
            warn("threw at a look-up", e);
            return null;
        }
    }

    private @Nullable Affinity recognised(@Nullable Affinity affinity) {
        return affinity != null && members.containsKey(affinity.endpoint()) ? affinity : null;
    }

    private static long promptTokens(Request request, Reply reply) {
        TokenUsage usage = reply.response().tokenUsage();
        Integer reported = usage == null ? null : usage.inputTokenCount();
        return reported == null || reported < 0
                ? TokenCount.estimate(request.chat()).tokens()
                : reported;
    }

    private void warn(String what, @Nullable RuntimeException thrown) {
        String message = "Session store of {} {}; the call is routed as without a session.{}";
        if (warned.compareAndSet(false, true)) {
            log.warn(message, routing, what, " Further ones are logged at DEBUG.", thrown);
        } else {
            log.debug(message, routing, what, "", thrown);
        }
    }
}
