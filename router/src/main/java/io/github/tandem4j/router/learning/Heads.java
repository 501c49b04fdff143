package io.github.tandem4j.router.learning;

import io.github.tandem4j.ModelFileException;
import java.util.List;
import java.util.stream.Collectors;

/** The heads that come with this library. */
public final class Heads {

    private static final List<Head> ALL = List.of(
            new Ridge(),
            new SparseRidge(),
            new Trees(),
            new Kernel(),
            Network.perceptron(),
            Network.factorisation(),
            Neighbours.nearest(),
            Neighbours.weighted());

    private Heads() {}

    /** {@return ridge regression over dense features, its penalty chosen by generalised cross-validation} */
    public static Head ridge() {
        return new Ridge();
    }

    /** {@return ridge regression over sparse features, rare columns first (TF-IDF), its penalty chosen by what is held out} */
    public static Head sparseRidge() {
        return new SparseRidge();
    }

    /** {@return gradient-boosted trees over dense features, grown by XGBoost; grown ones need no native code} */
    public static Head trees() {
        return new Trees();
    }

    /** {@return the mean of the most similar queries, by cosine over dense features} */
    public static Head nearest() {
        return Neighbours.nearest();
    }

    /** {@return the mean of all queries, weighted by their similarity (RouteLLM's similarity-weighted ranking)} */
    public static Head similarityWeighted() {
        return Neighbours.weighted();
    }

    /** {@return kernel ridge regression over dense features, by random Fourier features} */
    public static Head kernel() {
        return new Kernel();
    }

    /** {@return a perceptron with one hidden layer of 32 units over dense features, stopped early} */
    public static Head perceptron() {
        return Network.perceptron();
    }

    /** {@return the factorisation of models by queries (RouteLLM's MF): a vector for each model, a projection for queries} */
    public static Head factorisation() {
        return Network.factorisation();
    }

    /** {@return the head of this name among these and the given ones} */
    static Head named(String name, List<Head> others) {
        for (Head head : others) {
            if (head.name().equals(name)) {
                return head;
            }
        }
        return ALL.stream()
                .filter(head -> head.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ModelFileException("there is no head '" + name + "'; valid are "
                        + ALL.stream().map(Head::name).collect(Collectors.joining(", "))));
    }
}
