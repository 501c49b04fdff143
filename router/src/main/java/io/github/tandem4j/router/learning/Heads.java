package io.github.tandem4j.router.learning;

import io.github.tandem4j.ModelFileException;
import java.util.List;
import java.util.stream.Collectors;

/** The heads that come with this library. */
public final class Heads {

    private static final Head RIDGE = new Ridge();
    private static final Head SPARSE_RIDGE = new SparseRidge();
    private static final Head TREES = new Trees();
    private static final Head KERNEL = new Kernel();
    private static final Head PERCEPTRON = Network.perceptron();
    private static final Head FACTORISATION = Network.factorisation();
    private static final Head NEAREST = Neighbours.nearest();
    private static final Head WEIGHTED = Neighbours.weighted();
    private static final List<Head> ALL =
            List.of(RIDGE, SPARSE_RIDGE, TREES, KERNEL, PERCEPTRON, FACTORISATION, NEAREST, WEIGHTED);

    private Heads() {}

    /** {@return ridge regression over dense features, its penalty chosen by generalised cross-validation} */
    public static Head ridge() {
        return RIDGE;
    }

    /** {@return ridge regression over sparse features, rare columns first (TF-IDF), its penalty chosen by generalised cross-validation} */
    public static Head sparseRidge() {
        return SPARSE_RIDGE;
    }

    /** {@return gradient-boosted trees over dense features, grown by XGBoost; grown ones need no native code} */
    public static Head trees() {
        return TREES;
    }

    /** {@return the mean of the most similar queries, by cosine over dense features} */
    public static Head nearest() {
        return NEAREST;
    }

    /** {@return the mean of all queries, weighted by their similarity (RouteLLM's similarity-weighted ranking)} */
    public static Head similarityWeighted() {
        return WEIGHTED;
    }

    /** {@return kernel ridge regression over dense features, by random Fourier features} */
    public static Head kernel() {
        return KERNEL;
    }

    /** {@return a perceptron with one hidden layer of 32 units over dense features, stopped early} */
    public static Head perceptron() {
        return PERCEPTRON;
    }

    /** {@return the factorisation of models by queries (RouteLLM's MF): a vector for each model, a projection for queries} */
    public static Head factorisation() {
        return FACTORISATION;
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
