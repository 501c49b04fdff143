package io.github.tandem4j.router.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.LatestMessage;
import io.github.tandem4j.router.PromptEmbeddings;
import io.github.tandem4j.router.VersionedFile;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Router;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Routes by what a message means: each route has example utterances, and the message goes to the route that it is nearest
 * to, if it is near enough.
 *
 * <pre>{@code
 * SemanticRoutes routes = SemanticRoutes.over(embeddingModel, "all-MiniLM-L6-v2")
 *         .route("cards", bank, "my card is lost", "block my card", …)
 *         .route("weather", small, "will it rain tomorrow", …)
 *         .fit(labelled);                    // or acceptingFrom(0.6) for all
 * routes.write(path);
 * }</pre>
 *
 * <p>A route's score is the mean of the {@code k} highest cosine similarities between the latest user message and its
 * utterances, 3 unless said; with {@code k} 1 it is the nearest utterance's. The route of the highest score is chosen if
 * that reaches the route's own threshold; else the router abstains. The decision says the score, the threshold and the next
 * best route. So it does where the embedding model may not be given the message, see {@link PromptEmbeddings}.
 *
 * <p>Thread-safe if its embedding model is.
 */
public final class SemanticRoutes implements Router {

    private static final String KIND = "semantic-routes";
    private static final int VERSION = 1;

    private final Utterances utterances;
    private final double[] thresholds;

    SemanticRoutes(Utterances utterances, double[] thresholds) {
        this.utterances = utterances;
        this.thresholds = thresholds.clone();
    }

    /**
     * Starts routes over the vectors of this model.
     *
     * @param model embeds utterances and messages, those of {@code LOCAL_ONLY} requests too: one behind an API belongs only
     *     where no such requests come
     * @param encoderId names it in files, so that they are never read with another; not blank
     */
    public static SemanticRoutesBuilder over(EmbeddingModel model, String encoderId) {
        return new SemanticRoutesBuilder(model, encoderId);
    }

    /** {@return the nearest route and its score, whether it is near enough or not} */
    public Match match(String text) {
        return match(utterances.scores(text));
    }

    private Match match(double[] scores) {
        int best = 0;
        int second = -1;
        for (int i = 1; i < scores.length; i++) {
            if (scores[i] > scores[best]) {
                second = best;
                best = i;
            } else if (second < 0 || scores[i] > scores[second]) {
                second = i;
            }
        }
        Route route = utterances.routes().get(best);
        String next = second < 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        "; next %s %.3f",
                        utterances.routes().get(second).name(),
                        scores[second]);
        return new Match(route.name(), route.endpointId(), scores[best], thresholds[best], next);
    }

    @Override
    public Choice choose(Request request, List<ModelEndpoint> candidates) {
        String text = LatestMessage.of(request);
        if (text.isBlank()) {
            return Choice.abstain("the latest message has no text to compare");
        }
        Match match;
        try {
            match = match(utterances.scores(request, text));
        } catch (PrivacyException e) {
            return Choice.abstain("no similarity is known: " + e.getMessage());
        }
        if (!match.isNear()) {
            return Choice.abstain(match.toString());
        }
        return candidates.stream()
                .filter(candidate -> candidate.id().equals(match.endpointId()))
                .findFirst()
                .map(endpoint ->
                        Choice.of(endpoint, match.toString(), Confidence.rawScore(match.score(), "similarity")))
                .orElseGet(() -> Choice.abstain(match + ", and " + match.endpointId() + " cannot take the request"));
    }

    @Override
    public void requireAmong(String routing, List<ModelEndpoint> candidates) {
        List<String> ids = candidates.stream().map(ModelEndpoint::id).toList();
        for (Route route : utterances.routes()) {
            if (!ids.contains(route.endpointId())) {
                throw new IllegalArgumentException("the route '" + route.name() + "' goes to " + route.endpointId()
                        + ", which is no candidate of " + routing + "; its candidates are " + ids);
            }
        }
    }

    /** {@return the threshold of a route, from −1 to 1, or infinite if the route is never taken; empty if there is no such route} */
    public Optional<Double> threshold(String route) {
        for (int i = 0; i < thresholds.length; i++) {
            if (utterances.routes().get(i).name().equals(route)) {
                return Optional.of(thresholds[i]);
            }
        }
        return Optional.empty();
    }

    /** Writes the routes with their vectors and thresholds, and without the utterances' texts. */
    public void write(Path path) throws IOException {
        ObjectNode file = VersionedFile.begin(KIND, VERSION)
                .put("encoder", utterances.encoderId())
                .put("dimension", utterances.dimension())
                .put("nearest", utterances.nearest());
        ArrayNode all = file.putArray("routes");
        for (int i = 0; i < thresholds.length; i++) {
            Route route = utterances.routes().get(i);
            ObjectNode one = all.addObject().put("name", route.name()).put("endpoint", route.endpointId());
            if (thresholds[i] <= 1) {
                one.put("threshold", thresholds[i]);
            }
            ArrayNode vectors = one.putArray("vectors");
            route.vectors().forEach(vector -> vectors.add(VersionedFile.encode(vector)));
        }
        VersionedFile.write(path, file);
    }

    /**
     * Reads routes that were written.
     *
     * @param encoderId what the model was called when they were made
     * @throws ModelFileException if the file is of another version, encoder or dimension, or damaged
     */
    public static SemanticRoutes read(Path path, EmbeddingModel model, String encoderId) throws IOException {
        VersionedFile file = VersionedFile.read(path, KIND, VERSION);
        file.require("encoder", encoderId);
        int dimension = model.dimension();
        file.requireDimension(dimension);
        List<Route> routes = new ArrayList<>();
        List<Double> thresholds = new ArrayList<>();
        for (JsonNode node : file.content().path("routes")) {
            List<float[]> vectors = new ArrayList<>();
            for (JsonNode vector : node.path("vectors")) {
                vectors.add(file.vector(vector, dimension));
            }
            routes.add(new Route(file.text(node, "name"), file.text(node, "endpoint"), vectors));
            thresholds.add(node.has("threshold") ? file.number(node, "threshold", -1, 1) : Double.POSITIVE_INFINITY);
        }
        int nearest = (int) file.number(file.content(), "nearest", 1, 1_000);
        if (routes.isEmpty()
                || routes.stream().anyMatch(route -> route.vectors().isEmpty())) {
            throw file.refused("routes", "without vectors", "one or more routes of one or more vectors each");
        }
        return new SemanticRoutes(
                new Utterances(PromptEmbeddings.by(model), encoderId, dimension, nearest, routes),
                thresholds.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /**
     * The route that a text is nearest to.
     *
     * @param route its name
     * @param endpointId the endpoint that it goes to
     * @param score mean cosine similarity to its nearest utterances, −1 to 1
     * @param threshold from where on it is near enough; infinite if the route is never taken
     * @param next the next best route in words; empty if there is none
     */
    public record Match(String route, String endpointId, double score, double threshold, String next) {

        /** {@return whether the score reaches the threshold} */
        public boolean isNear() {
            return score >= threshold;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "nearest route %s %.3f %s %.3f%s",
                    route,
                    score,
                    isNear() ? ">=" : "<",
                    threshold,
                    next);
        }
    }
}
