package io.github.tandem4j.onnx.grammar;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a grammar over bytes. Rules may refer to each other in circles; everything else is a tree below them.
 * Immutable once its rules have their bodies.
 */
abstract sealed class Node {
    /** No upper bound of a repetition. */
    static final int UNBOUNDED = Integer.MAX_VALUE;

    /** The empty text. */
    static final Node EMPTY = new Sequence(new Node[0]);

    /** No text at all. */
    static final Node NEVER = new Choice(new Node[0]);

    static Node text(String text) {
        return text.isEmpty() ? EMPTY : new Literal(text.getBytes(StandardCharsets.UTF_8));
    }

    static Node bytes(int from, int to) {
        BitSet set = new BitSet();
        set.set(from, to + 1);
        return bytes(set);
    }

    static Node bytes(BitSet values) {
        return new ByteSet(Arrays.copyOf(values.toLongArray(), 4));
    }

    static Node sequence(Node... items) {
        return items.length == 1 ? items[0] : new Sequence(items.clone());
    }

    static Node choice(List<Node> options) {
        return options.size() == 1 ? options.get(0) : new Choice(options.toArray(Node[]::new));
    }

    static Node choice(Node... options) {
        return choice(List.of(options));
    }

    static Node optional(Node body) {
        return new Repeat(body, 0, 1);
    }

    static Node repeat(Node body, int least, int most) {
        return most == 0 ? EMPTY : least == 1 && most == 1 ? body : new Repeat(body, least, most);
    }

    /** One byte of a set. */
    static final class ByteSet extends Node {
        final long[] set;

        private ByteSet(long[] set) {
            this.set = set;
        }

        boolean has(int value) {
            return (set[value >> 6] & 1L << value) != 0;
        }
    }

    /** Bytes one after the other; at least one. */
    static final class Literal extends Node {
        final byte[] bytes;

        Literal(byte[] bytes) {
            this.bytes = bytes;
        }
    }

    /** All of them in this order. */
    static final class Sequence extends Node {
        final Node[] items;

        private Sequence(Node[] items) {
            this.items = items;
        }
    }

    /** One of them. */
    static final class Choice extends Node {
        final Node[] options;

        private Choice(Node[] options) {
            this.options = options;
        }
    }

    /** The body again and again, counted as it goes and not written out. */
    static final class Repeat extends Node {
        final Node body;
        final int least;
        final int most;

        private Repeat(Node body, int least, int most) {
            this.body = body;
            this.least = least;
            this.most = most;
        }
    }

    /** Something with a name, which may lead back to itself. */
    static final class Rule extends Node {
        private @Nullable Node body;

        Node body() {
            return body == null ? NEVER : body;
        }

        void is(Node body) {
            this.body = body;
        }
    }
}
