package io.github.tandem4j.routing;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Chooses one endpoint for each request, before any answer exists.
 *
 * <pre>{@code
 * ModelEndpoint tutor = Routing.among(small, large)
 *         .by((request, candidates) -> Choice.of(isHard(request) ? large : small, "length"))
 *         .build();
 * }</pre>
 *
 * <p>The router sees only the candidates that can take the request: those that have its capabilities and window, that its
 * privacy label allows, and that its budgets cover. If just one is left it answers and no router is asked; if none is,
 * the request is refused before any call. The chosen endpoint's failure is the routing's failure: to go elsewhere then,
 * put a {@code Cascade} around it.
 *
 * <p>A routing may be {@linkplain Builder#sticky sticky}. A request that names its session then stays with the endpoint
 * that the session is with, which is the one that answered last:
 *
 * <ul>
 *   <li>In the middle of a {@linkplain ToolExchange tool exchange}, the endpoint that called the tools gets their results,
 *       and no router is asked.
 *   <li>Otherwise another endpoint answers when the router has proposed it in several consecutive turns, or was sure
 *       enough; see {@link Stickiness}. Where a router abstains and no endpoint was named for that, the session stays.
 *   <li>An endpoint that cannot take the request loses it at once, in either case. One that can keeps it although no
 *       candidate can, or only one that the router need not be asked about: it may be who answers abstentions.
 *   <li>The router sees what moving would cost: see {@link CachedPrompt}.
 * </ul>
 *
 * <p>Each answer of the routing is a turn. What asks it several times for one request, as a {@code SelfConsistency} around
 * it does, takes so many turns, and its proposals count so often: put it around a candidate instead, which answers once.
 *
 * <p>What is remembered changes after an answer; a call that fails changes nothing. A turn that began before another turn
 * of its session moved it does not move it back.
 *
 * <p>Its members are the candidates, who answers abstentions, and the {@linkplain Router#helpers() helpers} of its router,
 * whose calls count in its own.
 *
 * <p>Thread-safe if its router and its session store are.
 */
public final class Routing extends StrategyEndpoint {

    private final Router router;
    private final @Nullable ModelEndpoint abstentions;
    private final List<ModelEndpoint> candidates;
    private final List<ModelEndpoint> helpers;
    private final List<ModelEndpoint> answerers;
    private final @Nullable SessionMemory memory;

    private Routing(Builder builder, Router router) {
        super(builder.id, "routing", builder.all(router.helpers()), builder.profile(router.helpers()));
        this.router = router;
        helpers = List.copyOf(router.helpers());
        answerers = builder.all(List.of());
        candidates = builder.candidates;
        abstentions = builder.abstentions;
        memory = builder.stickiness == null ? null : new SessionMemory(id(), builder.stickiness, answerers);
    }

    /**
     * Starts a routing among these candidates.
     *
     * @throws IllegalArgumentException on {@code build}, if there is none or two share an id
     */
    public static Builder among(ModelEndpoint... candidates) {
        return new Builder(List.of(candidates));
    }

    /** Starts a routing among these candidates; see {@link #among(ModelEndpoint...)}. */
    public static Builder among(List<ModelEndpoint> candidates) {
        return new Builder(List.copyOf(candidates));
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        Turn turn = memory == null ? Turn.ofNoSession() : memory.begin(call);
        Selection selection = new Selection(this, call, turn);
        ModelEndpoint chosen = selection.choose();
        Reply answer = call.ask("chosen", chosen, call.request().chat(), call.tokens());
        selection.answered(chosen, answer);
        Reply reply = call.reply(answer);
        if (memory != null) {
            memory.end(call, turn, chosen, reply);
        }
        return reply;
    }

    /** {@return one course for each that may answer, which is asked alone, after the router's helpers} */
    @Override
    public List<List<ModelEndpoint>> courses() {
        return answerers.stream()
                .map(answerer ->
                        Stream.concat(helpers.stream(), Stream.of(answerer)).toList())
                .toList();
    }

    Router router() {
        return router;
    }

    List<ModelEndpoint> candidates() {
        return candidates;
    }

    /** {@return who answers what the router abstains from; null if it is the last that can take the request} */
    @Nullable
    ModelEndpoint abstentions() {
        return abstentions;
    }

    @Nullable
    Stickiness stickiness() {
        return memory == null ? null : memory.stickiness();
    }

    boolean hasOneCandidate() {
        return candidates.size() == 1;
    }

    TandemException noneCanTakeIt(List<TandemException> refusals) {
        return NoAnswerException.of("no candidate of " + id() + " can take the request", refusals);
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        List<TandemException> refusals = new ArrayList<>();
        for (ModelEndpoint candidate : candidates) {
            Optional<TandemException> refusal = candidate.refusal(request);
            if (refusal.isEmpty()) {
                return refusal;
            }
            refusals.add(refusal.get());
        }
        return mayStayBesideTheCandidates(request) ? Optional.empty() : Optional.of(noneCanTakeIt(refusals));
    }

    /** A refusal looks up no session: the one that this request names may be with who answers abstentions. */
    private boolean mayStayBesideTheCandidates(Request request) {
        return memory != null
                && abstentions != null
                && request.context().session().isPresent()
                && abstentions.refusal(request).isEmpty();
    }

    /**
     * Builds a routing.
     *
     * <ul>
     *   <li>abstentions go to the last candidate that can take the request
     *   <li>id: {@code routing}
     *   <li>no session is sticky
     * </ul>
     */
    public static final class Builder {

        private final List<ModelEndpoint> candidates;
        private @Nullable Router router;
        private @Nullable ModelEndpoint abstentions;
        private @Nullable Stickiness stickiness;
        private String id = "routing";

        private Builder(List<ModelEndpoint> candidates) {
            this.candidates = candidates;
        }

        /** Chooses by this router. */
        public Builder by(Router decider) {
            if (router != null) {
                throw new IllegalStateException("routing already has the router " + router);
            }
            router = Objects.requireNonNull(decider, "router");
            return this;
        }

        /**
         * Sends what the router abstains from to this endpoint, which need not be a candidate; where it cannot take the
         * request, as if none were named.
         */
        public Builder whenAbstaining(ModelEndpoint endpoint) {
            abstentions = Objects.requireNonNull(endpoint, "endpoint for abstentions");
            return this;
        }

        /** Keeps each session with its endpoint, with the usual firmness. See {@link #sticky}. */
        public Builder stickyWithin(SessionStore sessions) {
            return sticky(Stickiness.within(sessions));
        }

        /**
         * Keeps each session with its endpoint, so firmly. It concerns requests that {@linkplain Request#session name
         * their session}; any other is routed by itself.
         */
        public Builder sticky(Stickiness firmness) {
            if (stickiness != null) {
                throw new IllegalStateException("routing " + id + " is sticky already");
            }
            stickiness = Objects.requireNonNull(firmness, "stickiness");
            return this;
        }

        /** Names it in traces and errors, and in the keys of its sessions. */
        public Builder named(String name) {
            id = Objects.requireNonNull(name, "name");
            return this;
        }

        /** {@return the routing} */
        public Routing build() {
            if (router == null) {
                throw new IllegalStateException("routing " + id + " has no router; say by(router)");
            }
            if (candidates.isEmpty()) {
                throw new IllegalArgumentException("routing " + id + " has no candidates; valid is one or more");
            }
            Routing routing = new Routing(this, router);
            router.requireAmong(id, candidates);
            return routing;
        }

        private List<ModelEndpoint> all(List<ModelEndpoint> helpers) {
            List<ModelEndpoint> all = new ArrayList<>(candidates);
            if (abstentions != null && !all.contains(abstentions)) {
                all.add(abstentions);
            }
            helpers.stream().filter(helper -> !all.contains(helper)).forEach(all::add);
            return all;
        }

        /** A helper's capabilities are of no use to whoever asks. */
        private ModelProfile profile(List<ModelEndpoint> helpers) {
            ModelProfile answering = profileOf(all(List.of()), 1);
            boolean remote = answering.isRemote()
                    || helpers.stream().anyMatch(helper -> helper.profile().isRemote());
            return (remote ? ModelProfile.remote() : ModelProfile.local())
                    .provider("tandem")
                    .can(answering.capabilities())
                    .build();
        }
    }
}
