package io.github.tandem4j.router.learning;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.Probe;
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
     *   <li>{@code linear}, {@code kernel}, {@code mlp}, {@code mf}, {@code knn}, {@code sw}: ridge regression, kernel
     *       regression, a perceptron, matrix factorisation, nearest neighbours and similarity-weighted ranking, over the
     *       embedding
     *   <li>{@code ngrams}: ridge regression over words and over characters
     *   <li>{@code trees}: boosted trees over signs of the text, and over what a local model expects, if it is there
     *   <li>{@code probe}: a local model's reading of the prompt
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
            case "ngrams" ->
                Recipe.of(
                        name,
                        Heads.sparseRidge().over(Views.words()),
                        Heads.sparseRidge().over(Views.characters()));
            case "knn" -> Recipe.of(name, Heads.nearest().over(embedding(name, sources)));
            case "sw" -> Recipe.of(name, Heads.similarityWeighted().over(embedding(name, sources)));
            case "kernel" -> Recipe.of(name, Heads.kernel().over(embedding(name, sources)));
            case "mlp" -> Recipe.of(name, Heads.perceptron().over(embedding(name, sources)));
            case "mf" -> Recipe.of(name, Heads.factorisation().over(embedding(name, sources)));
            case "trees" -> Recipe.of(name, Heads.trees().over(trees(sources)));
            case "probe" -> new Recipe(name, List.of(reading(probe(name, sources))));
            case "ensemble" -> new Recipe(name, List.of(ensemble(sources)));
            case "auto" -> new Recipe(name, alternatives(sources));
            default -> throw new IllegalArgumentException("there is no router '" + name + "'; valid are " + NAMES);
        };
    }

    /**
     * {@return the recipe of this name for a choice among so many models} For three and more, an {@code ensemble} averages
     * what reads the text and the nearest neighbours: where models of like strength each have their subjects, what became of
     * similar queries says more than how hard the query is, and {@code auto} tries it first.
     *
     * @param models how many there are to choose among
     * @see #recipe(String, Sources)
     */
    public static Recipe recipe(String name, Sources sources, int models) {
        if (models < 3) {
            return recipe(name, sources);
        }
        return switch (name) {
            case "ensemble" -> new Recipe(name, List.of(amongMany(sources)));
            case "auto" -> {
                List<List<Scorer>> ways = new ArrayList<>(List.of(amongMany(sources), joined(sources.fast())));
                if (sources.probe().isPresent()) {
                    ways.add(ensemble(sources));
                }
                yield new Recipe(name, ways);
            }
            default -> recipe(name, sources);
        };
    }

    private static List<Scorer> amongMany(Sources sources) {
        List<Scorer> scorers = new ArrayList<>(ensemble(sources.fast()));
        sources.embedding().ifPresent(view -> scorers.add(Heads.nearest().over(view)));
        return scorers;
    }

    private static Features trees(Sources sources) {
        return sources.probe()
                .map(probe -> Views.joined(Views.text(), probe.expectation()))
                .orElseGet(Views::text);
    }

    private static List<Scorer> reading(Probe probe) {
        return List.of(
                Heads.ridge().over(probe.state(means(probe).get(0))),
                Heads.ridge().over(Views.joined(deepest(probe).toArray(Features[]::new))),
                Heads.trees().over(probe.expectation()));
    }

    /** States that are means over the prompt, for they carry further than its last token; all, if there are none. */
    private static List<String> means(Probe probe) {
        List<String> means = probe.states().stream()
                .filter(state -> state.startsWith("mean."))
                .toList();
        return means.isEmpty() ? probe.states() : means;
    }

    /** What is expected, and the last two means. */
    private static List<Features> deepest(Probe probe) {
        List<String> means = means(probe);
        List<Features> views = new ArrayList<>(List.of(probe.expectation()));
        means.stream().skip(Math.max(0, means.size() - 2)).forEach(state -> views.add(probe.state(state)));
        return views;
    }

    /** Few opinions that differ in kind do better than many that repeat each other: the first mean alone, the last joined. */
    private static List<Scorer> ensemble(Sources sources) {
        List<Scorer> scorers = new ArrayList<>();
        scorers.add(Heads.trees().over(trees(sources)));
        sources.embedding().ifPresent(view -> scorers.add(Heads.ridge().over(view)));
        if (sources.probe().isEmpty()) {
            scorers.add(Heads.sparseRidge().over(Views.words()));
            return scorers;
        }
        Probe probe = sources.probe().orElseThrow();
        scorers.add(Heads.ridge().over(probe.state(means(probe).get(0))));
        List<Features> block = new ArrayList<>(List.of(Views.text()));
        block.addAll(deepest(probe));
        scorers.add(Heads.ridge().over(Views.joined(block.toArray(Features[]::new))));
        return scorers;
    }

    /** All views in one line: better than opinions apart where rows are few. */
    private static List<Scorer> joined(Sources sources) {
        List<Features> views = new ArrayList<>(List.of(Views.text()));
        sources.embedding().ifPresent(views::add);
        sources.probe().ifPresent(probe -> views.addAll(deepest(probe)));
        return List.of(Heads.ridge().over(Views.joined(views.toArray(Features[]::new))));
    }

    /** What differs enough to be worth a validation of its own. */
    private static List<List<Scorer>> alternatives(Sources sources) {
        List<List<Scorer>> ways = new ArrayList<>();
        ways.add(ensemble(sources));
        ways.add(joined(sources));
        ways.add(amongMany(sources));
        if (sources.probe().isPresent()) {
            List<Scorer> withWords = new ArrayList<>(ensemble(sources));
            withWords.add(Heads.sparseRidge().over(Views.words()));
            ways.add(withWords);
            ways.add(ensemble(sources.fast()));
        }
        return ways;
    }

    private static Features embedding(String name, Sources sources) {
        return sources.embedding().orElseThrow(() -> missing(name, "an embedding"));
    }

    private static Probe probe(String name, Sources sources) {
        return sources.probe().orElseThrow(() -> missing(name, "a local model's reading of the prompt"));
    }

    private static ConfigurationException missing(String name, String what) {
        return new ConfigurationException("router '" + name + "' needs " + what + "; valid are sources that have it");
    }
}
