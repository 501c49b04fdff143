package io.github.tandem4j.router.rules;

import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.router.PromptEmbeddings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Builds {@link SemanticRoutes}.
 *
 * <ul>
 *   <li>a route's score is the mean over its 3 nearest utterances
 *   <li>fitted thresholds are those of the best F1
 * </ul>
 */
public final class SemanticRoutesBuilder {

    private final PromptEmbeddings model;
    private final String encoderId;
    private final Map<String, List<String>> utterances = new LinkedHashMap<>();
    private final Map<String, String> endpoints = new LinkedHashMap<>();
    private int nearest = 3;
    private double precision;

    SemanticRoutesBuilder(EmbeddingModel model, String encoderId) {
        this.model = PromptEmbeddings.by(model);
        if (encoderId.isBlank()) {
            throw new IllegalArgumentException("an encoder's id is blank; valid is a name such as all-MiniLM-L6-v2");
        }
        this.encoderId = encoderId;
    }

    /** Adds a route to this endpoint, with one example utterance or more. */
    public SemanticRoutesBuilder route(String name, ModelEndpoint endpoint, String... examples) {
        return route(name, endpoint, Arrays.asList(examples));
    }

    /** Adds a route to this endpoint, with one example utterance or more. */
    public SemanticRoutesBuilder route(String name, ModelEndpoint endpoint, List<String> examples) {
        if (name.isBlank() || examples.isEmpty() || examples.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("route '" + name + "' has the utterances " + examples
                    + "; valid is a name and one or more, none blank");
        }
        if (utterances.putIfAbsent(name, List.copyOf(examples)) != null) {
            throw new IllegalArgumentException("route '" + name + "' was added already");
        }
        endpoints.put(name, endpoint.id());
        return this;
    }

    /** Scores a route by its so many nearest utterances, 1 to 1,000. */
    public SemanticRoutesBuilder byNearest(int count) {
        if (count < 1 || count > 1_000) {
            throw new IllegalArgumentException("nearest utterances are " + count + "; valid is 1 to 1,000");
        }
        nearest = count;
        return this;
    }

    /**
     * Fits the lowest threshold at which so many of the messages that take a route belong to it, instead of the one of the
     * best F1. A route that cannot reach this on the labelled utterances is never taken.
     *
     * @param floor over 0, at most 1
     */
    public SemanticRoutesBuilder withPrecision(double floor) {
        if (!(floor > 0 && floor <= 1)) {
            throw new IllegalArgumentException("precision is " + floor + "; valid is over 0, at most 1");
        }
        precision = floor;
        return this;
    }

    /** {@return the routes, each taken from this similarity on, −1 to 1} */
    public SemanticRoutes acceptingFrom(double similarity) {
        if (!(similarity >= -1 && similarity <= 1)) {
            throw new IllegalArgumentException("similarity is " + similarity + "; valid is -1 to 1");
        }
        double[] thresholds = new double[utterances.size()];
        Arrays.fill(thresholds, similarity);
        return new SemanticRoutes(embedded(), thresholds);
    }

    /**
     * {@return the routes, each with a threshold fitted on these}
     *
     * @param labelled messages with the routes that they belong to, out-of-scope ones among them; none may be one of the
     *     routes' own utterances, which would flatter the thresholds
     * @throws IllegalArgumentException if one is, names an unknown route, or there are none
     */
    public SemanticRoutes fit(List<LabelledUtterance> labelled) {
        Utterances routes = embedded();
        requireFit(labelled);
        List<String> names = List.copyOf(utterances.keySet());
        List<float[]> vectors = Utterances.vectors(
                model, labelled.stream().map(LabelledUtterance::text).toList());
        ThresholdFit fit = new ThresholdFit(names.size());
        for (int i = 0; i < labelled.size(); i++) {
            fit.add(
                    routes.scores(vectors.get(i)),
                    labelled.get(i).route().map(names::indexOf).orElse(-1));
        }
        return new SemanticRoutes(routes, fit.thresholds(precision));
    }

    private void requireFit(List<LabelledUtterance> labelled) {
        Set<String> own = new HashSet<>();
        utterances.values().forEach(own::addAll);
        if (labelled.isEmpty()) {
            throw new IllegalArgumentException("no labelled utterances to fit thresholds on; valid is one or more");
        }
        for (LabelledUtterance one : labelled) {
            if (own.contains(one.text())) {
                throw new IllegalArgumentException("the labelled utterance '" + one.text()
                        + "' is an example of a route; valid is one that is not");
            }
            one.route().filter(route -> !utterances.containsKey(route)).ifPresent(route -> {
                throw new IllegalArgumentException("the labelled utterance '" + one.text() + "' belongs to '" + route
                        + "'; valid is one of " + utterances.keySet());
            });
        }
    }

    private Utterances embedded() {
        if (utterances.isEmpty()) {
            throw new IllegalStateException("semantic routes have no route; say route(name, endpoint, utterances)");
        }
        List<Route> routes = new ArrayList<>();
        utterances.forEach((name, examples) ->
                routes.add(new Route(name, endpoints.getOrDefault(name, ""), Utterances.vectors(model, examples))));
        int dimension = routes.get(0).vectors().get(0).length;
        return new Utterances(model, encoderId, dimension, nearest, routes);
    }
}
