package io.github.tandem4j.routing;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.output.TokenUsage;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.TandemException;
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

    private static final String UNKNOWN = "; the call is routed as without a session.";

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

    Turn begin(StrategyCall call) {
        Request request = call.request();
        CallContext context = request.context();
        String session = context.session().orElse(null);
        if (session == null) {
            return Turn.ofNoSession();
        }
        SessionKey key = new SessionKey(context.tenant().orElse(null), session, routing);
        Affinity known = find(call, key);
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

    void end(StrategyCall call, Turn turn, ModelEndpoint answerer, Reply reply) {
        SessionKey key = turn.key().orElse(null);
        if (key == null) {
            return;
        }
        Request request = call.request();
        Instant now = request.context().clock().instant();
        long promptTokens = promptTokens(request, reply);
        AiMessage answer = reply.response().aiMessage();
        String calls = answer.hasToolExecutionRequests() ? new ToolExchange(answer).fingerprint() : null;
        try {
            call.await("an update of its session store", () -> {
                stickiness
                        .store()
                        .update(key, before -> turn.after(recognised(before), answerer, now, promptTokens, calls));
                return null;
            });
        } catch (CallCancelledException | DeadlineExceededException e) {
            warn("was cut off at an update; the answer stands, and the session does not know of it.", e);
        } catch (TandemException e) {
            warn("threw at an update; the answer stands, and the session does not know of it.", thrownBy(e));
        }
    }

    private @Nullable Affinity find(StrategyCall call, SessionKey key) {
        try {
            Affinity found = call.await(
                    "a look-up in its session store",
                    () -> Objects.requireNonNull(stickiness.store().find(key), "found")
                            .orElse(null));
            if (found != null && recognised(found) == null) {
                warn(
                        "names the endpoint " + found.endpoint() + ", which is none of " + members.keySet() + UNKNOWN,
                        null);
            }
            return recognised(found);
        } catch (CallCancelledException | DeadlineExceededException e) {
            throw e; // the call is over, whoever is to answer it
        } catch (TandemException e) {
            warn("threw at a look-up" + UNKNOWN, thrownBy(e));
            return null;
        }
    }

    private static Throwable thrownBy(TandemException waiting) {
        return waiting.getCause() == null ? waiting : waiting.getCause();
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

    private void warn(String what, @Nullable Throwable thrown) {
        String message = "Session store of {} {}{}";
        if (warned.compareAndSet(false, true)) {
            log.warn(message, routing, what, " Further ones are logged at DEBUG.", thrown);
        } else {
            log.debug(message, routing, what, "", thrown);
        }
    }
}
