package io.github.tandem4j.routing;

import io.github.tandem4j.Decision;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How one call of a routing comes to the endpoint that answers it. */
final class Selection {

    private static final Logger log = LoggerFactory.getLogger(Selection.class);

    private final Routing routing;
    private final StrategyCall call;
    private final Turn turn;
    private final List<ModelEndpoint> able = new ArrayList<>();
    private final List<TandemException> refusals = new ArrayList<>();
    private @Nullable Choice asked;

    Selection(Routing routing, StrategyCall call, Turn turn) {
        this.routing = routing;
        this.call = call;
        this.turn = turn;
    }

    ModelEndpoint choose() {
        passOverTheUnable();
        ModelEndpoint caller = turn.caller();
        if (caller != null && canStayWith(caller, " in the middle of a tool exchange")) {
            turn.pin();
            call.decide(Decision.of("stayed with " + caller.id(), "in the middle of a tool exchange"));
            return caller;
        }
        ModelEndpoint current = turn.current();
        if (current != null && (current.equals(caller) || !canStayWith(current, ""))) {
            current = null;
        }
        if (able.size() > 1) {
            return ask(current);
        }
        if (current != null && !able.contains(current)) {
            call.decide(Decision.of("stayed with " + current.id(), "the candidates leave a router no choice"));
            return current;
        }
        if (able.isEmpty()) {
            throw routing.noneCanTakeIt(refusals);
        }
        return onlyOne(able.get(0));
    }

    /** Tells whoever was asked to choose who answered. */
    void answered(ModelEndpoint by, Reply reply) {
        if (asked != null) {
            try {
                asked.answered(by, reply);
            } catch (RuntimeException e) {
                log.warn("A router of {} threw when it was told who answered; the answer stands.", routing.id(), e);
            }
        }
    }

    private void passOverTheUnable() {
        for (ModelEndpoint candidate : routing.candidates()) {
            TandemException refusal = candidate.refusal(call.request()).orElse(null);
            if (refusal == null) {
                able.add(candidate);
            } else {
                call.passOver("candidate", candidate, refusal);
                refusals.add(refusal);
            }
        }
    }

    private boolean canStayWith(ModelEndpoint member, String when) {
        TandemException refusal =
                able.contains(member) ? null : member.refusal(call.request()).orElse(null);
        if (refusal != null) {
            call.decide(
                    Decision.of("left " + member.id() + when, "it cannot take the request: " + refusal.getMessage()));
        }
        return refusal == null;
    }

    private ModelEndpoint onlyOne(ModelEndpoint only) {
        if (!routing.hasOneCandidate()) {
            call.decide(Decision.of("chose " + only.id(), "no other candidate can take the request"));
        }
        return only;
    }

    private ModelEndpoint ask(@Nullable ModelEndpoint current) {
        Choice choice = call.plugIn(
                "router",
                () -> routing.router()
                        .choose(
                                seenByTheRouter(),
                                List.copyOf(able),
                                (role, helper, question) -> call.ask(role, helper, question, TokenSink.NONE)));
        asked = choice;
        ModelEndpoint proposed = choice.endpoint().orElse(null);
        if (proposed != null && !able.contains(proposed)) {
            throw new PluginException("router of " + routing.id() + " chose " + proposed.id() + "; valid is one of "
                    + able.stream().map(ModelEndpoint::id).toList());
        }
        boolean abstained = proposed == null;
        if (proposed == null) {
            proposed = forAbstentions();
        }
        if (proposed == null && current != null) {
            turn.unchallenged();
            call.decide(
                    new Decision("router abstained, so stays with " + current.id(), choice.why(), choice.confidence()));
            return current;
        }
        if (proposed == null) {
            proposed = able.get(able.size() - 1);
        }
        Stickiness stickiness = routing.stickiness();
        if (current == null || stickiness == null || current.equals(proposed)) {
            turn.unchallenged();
            String what = abstained ? "router abstained, so asks " : "chose ";
            call.decide(new Decision(what + proposed.id(), choice.why(), choice.confidence()));
            return proposed;
        }
        String what = abstained ? "router abstained, which proposes " : "router proposed ";
        call.decide(new Decision(what + proposed.id(), choice.why(), choice.confidence()));
        return settle(stickiness, current, proposed, choice);
    }

    /** {@return who answers abstentions, if somebody was named for that and can take the request} */
    private @Nullable ModelEndpoint forAbstentions() {
        ModelEndpoint named = routing.abstentions();
        if (named == null || able.contains(named)) {
            return named;
        }
        if (routing.candidates().contains(named)) {
            return null; // and was passed over as one
        }
        TandemException refusal = named.refusal(call.request()).orElse(null);
        if (refusal != null) {
            call.passOver("for abstentions", named, refusal);
            return null;
        }
        return named;
    }

    private ModelEndpoint settle(Stickiness stickiness, ModelEndpoint current, ModelEndpoint proposed, Choice choice) {
        int run = turn.challengedBy(proposed.id());
        String move = stickiness.reasonToMove(proposed.id(), run, choice);
        ModelEndpoint chosen = move == null ? current : proposed;
        call.decide(
                move == null
                        ? Decision.of("stayed with " + current.id(), stickiness.reasonToStay(proposed.id(), run))
                        : Decision.of("moved from " + current.id() + " to " + proposed.id(), move));
        return chosen;
    }

    private Request seenByTheRouter() {
        Request request = call.request();
        Affinity known = turn.known().orElse(null);
        if (known == null) {
            return request;
        }
        request = request.evidence(Affinity.KEY, known);
        CachedPrompt cached = turn.cached().orElse(null);
        return cached == null ? request : request.evidence(CachedPrompt.KEY, cached);
    }
}
