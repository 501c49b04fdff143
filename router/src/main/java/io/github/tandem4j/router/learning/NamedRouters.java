package io.github.tandem4j.router.learning;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.Views;
import java.util.ArrayList;
import java.util.List;

/**
 * The routers that the command line and the replay lab know by name. {@code random} and {@code oracle} are no routers but
 * measures beside them, and are not among these.
 */
public final class NamedRouters {

    private static final List<String> NAMES = List.of(
            "length", "knn", "linear", "ngrams", "kernel", "mlp", "mf", "sw", "trees", "probe", "ensemble", "auto");

    private NamedRouters() {}

    /** {@return the names, each of which {@link #recipe} knows} */
    public static List<String> names() {
        return NAMES;
    }

    /** {@return what reads the text alone, for those who have no encoder at hand} */
    static Recipe plain() {
        return recipe("ensemble", Sources.text());
    }

    /**
     * {@return the recipe of this name}
     *
     * <ul>
     *   <li>{@code length}: how long the prompt is, and nothing else
     *   <li>{@code linear}: ridge regression over the embedding
     *   <li>{@code ensemble}: the average of what the sources allow
     *   <li>{@code auto}: what validates best within the training data among the others
     * </ul>
     *
     * @param sources what it may read; an {@code ensemble} or {@code auto} does without what is missing
     * @throws IllegalArgumentException if there is no such name
     * @throws ConfigurationException if it needs a source that is missing
     */
    public static Recipe recipe(String name, Sources sources) {
        return switch (name) {
            case "length" -> Recipe.of(name, Heads.ridge().over(Views.length()));
            case "linear" -> Recipe.of(name, Heads.ridge().over(embedding(name, sources)));
            case "probe" -> Recipe.of(name, Heads.ridge().over(Views.joined(probe(name, sources), Views.text())));
            case "ensemble" -> new Recipe(name, List.of(ensemble(sources)));
            default -> throw new IllegalArgumentException("there is no router '" + name + "'; valid are " + NAMES);
        };
    }

    private static List<Scorer> ensemble(Sources sources) {
        List<Scorer> scorers = new ArrayList<>(List.of(Heads.ridge().over(Views.text())));
        sources.embedding().ifPresent(view -> scorers.add(Heads.ridge().over(view)));
        return scorers;
    }

    private static Features embedding(String name, Sources sources) {
        return sources.embedding().orElseThrow(() -> missing(name, "an embedding"));
    }

    private static Features probe(String name, Sources sources) {
        return sources.probe().orElseThrow(() -> missing(name, "a local model's reading of the prompt"));
    }

    private static ConfigurationException missing(String name, String what) {
        return new ConfigurationException("router '" + name + "' needs " + what + "; valid are sources that have it");
    }
}
