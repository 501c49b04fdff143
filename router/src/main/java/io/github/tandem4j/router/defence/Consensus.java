package io.github.tandem4j.router.defence;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.LatestMessage;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Inquiry;
import io.github.tandem4j.routing.Router;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Asks a router about a message and about parts of it, and chooses what most of them choose: a few words that drive a router
 * (arXiv 2501.01818) stand in a minority of the parts, if they are short and at either end.
 *
 * <p>The parts are, by words: all of it; the first and the last half; the middle half; and the middle 70 %. What stands within
 * the first or last 15 % of the words is in two of the five; what is longer than that, or strewn over the message, is not
 * defended against: see {@link EscalationQuota}. A message of fewer than {@value #FEWEST} words has no parts, and is asked
 * about as it is. It costs five choices of the router instead of one, so it is for routers that are cheap.
 *
 * <p>Of a tie, that which the whole message chooses counts; a part from which the router abstains counts for nobody. Parts of
 * honest messages outvote the whole too, and often to one side, since a router scores them otherwise: set its threshold by
 * what the consensus chooses. It dampens an attack and does not end it; an {@link EscalationQuota} bounds what is left.
 *
 * <p>A part is asked about with all that is known of the request, its evidence; a bandit thus takes parts and whole for one
 * decision, so put it around a consensus and not within. The whole is asked about last, so that a local model's reading of it
 * is the latest, which the answer takes over.
 *
 * <p>Thread-safe if its router is.
 */
public final class Consensus implements Router {

    private static final int FEWEST = 8;
    private static final double[][] PARTS = {{0, 1}, {0, 0.5}, {0.5, 1}, {0.25, 0.75}, {0.15, 0.85}};

    private final Router router;

    private Consensus(Router router) {
        this.router = Objects.requireNonNull(router, "router");
    }

    /** {@return a consensus of this router's choices} */
    public static Consensus of(Router router) {
        return new Consensus(router);
    }

    @Override
    public Choice choose(Request request, List<ModelEndpoint> candidates) {
        return choose(request, candidates, Inquiry.NONE);
    }

    @Override
    public Choice choose(Request request, List<ModelEndpoint> candidates, Inquiry inquiry) {
        List<Choice> ofParts = new ArrayList<>();
        for (String part : parts(LatestMessage.of(request))) {
            ofParts.add(router.choose(LatestMessage.replaced(request, part), candidates, inquiry));
        }
        // The whole last: what a model has just read of it is then still there when it answers.
        Choice whole = router.choose(request, candidates, inquiry);
        ModelEndpoint first = whole.endpoint().orElse(null);
        if (first == null || ofParts.isEmpty()) {
            return whole;
        }
        Map<ModelEndpoint, Integer> votes = new LinkedHashMap<>(Map.of(first, 1));
        Map<ModelEndpoint, Choice> choices = new LinkedHashMap<>(Map.of(first, whole));
        int cast = 1;
        for (Choice choice : ofParts) {
            ModelEndpoint chosen = choice.endpoint().orElse(null);
            if (chosen != null) {
                votes.merge(chosen, 1, Integer::sum);
                choices.putIfAbsent(chosen, choice);
                cast++;
            }
        }
        ModelEndpoint most = first;
        for (Map.Entry<ModelEndpoint, Integer> vote : votes.entrySet()) {
            most = vote.getValue() > votes.getOrDefault(most, 0) ? vote.getKey() : most;
        }
        Choice choice = choices.getOrDefault(most, whole);
        return choice.because(votes.get(most) + " of " + cast + " parts choose " + most.id() + "; " + choice.why());
    }

    /** As often as it is asked. */
    @Override
    public List<ModelEndpoint> helpers() {
        List<ModelEndpoint> all = new ArrayList<>();
        for (int i = 0; i < PARTS.length; i++) {
            all.addAll(router.helpers());
        }
        return all;
    }

    @Override
    public void requireAmong(String routing, List<ModelEndpoint> candidates) {
        router.requireAmong(routing, candidates);
    }

    private static List<String> parts(String message) {
        String[] words = message.strip().split("\\s+");
        List<String> parts = new ArrayList<>();
        for (int i = 1; i < PARTS.length && words.length >= FEWEST; i++) {
            int from = (int) Math.round(PARTS[i][0] * words.length);
            int to = (int) Math.round(PARTS[i][1] * words.length);
            parts.add(String.join(" ", List.of(words).subList(from, to)));
        }
        return parts;
    }
}
