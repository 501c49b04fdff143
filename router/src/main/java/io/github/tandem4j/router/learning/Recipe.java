package io.github.tandem4j.router.learning;

import java.util.List;

/**
 * What a router is made of: one or more ways to score, of which training picks one by validation within the
 * training data: the first, unless a later one is better by more than is likely chance.
 *
 * @param name what the router is called
 * @param alternatives for each way the scorers whose opinions are averaged; one or more of one or more
 */
public record Recipe(String name, List<List<Scorer>> alternatives) {

    /** Copies; refuses an empty recipe with an {@link IllegalArgumentException}. */
    public Recipe {
        alternatives = alternatives.stream().map(List::copyOf).toList();
        if (alternatives.isEmpty() || alternatives.stream().anyMatch(List::isEmpty)) {
            throw new IllegalArgumentException("recipe " + name + " has no scorer; valid is one or more");
        }
    }

    /** {@return a recipe of one way: the average of these scorers' opinions} */
    public static Recipe of(String name, Scorer... scorers) {
        return new Recipe(name, List.of(List.of(scorers)));
    }
}
