package io.github.tandem4j.onnx.grammar;

import org.jspecify.annotations.Nullable;

/**
 * A place in a grammar and what comes after it: one stack of the automaton, as a list that shares its ends with others.
 * Equal ones are one object within an automaton, so they are compared by identity of their members.
 */
final class Frame {
    final Node node;
    /** How much of the node has come: bytes of a literal, items of a sequence, rounds of a repetition. */
    final int at;

    final @Nullable Frame parent;
    /** How many bytes are at least still to come until the end of all. */
    final long shortest;

    private final int hash;

    Frame(Node node, int at, @Nullable Frame parent, long shortest) {
        this.node = node;
        this.at = at;
        this.parent = parent;
        this.shortest = shortest;
        this.hash = (System.identityHashCode(node) * 31 + at) * 31 + System.identityHashCode(parent);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Frame frame && frame.node == node && frame.at == at && frame.parent == parent;
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
