package io.github.tandem4j.onnx.grammar;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The tokens of a vocabulary by their bytes, as a tree whose nodes lie in the order of a walk: what a byte rules out is
 * passed over in one step. Immutable.
 */
final class TokenTrie {
    private final int vocabulary;
    private final int longest;
    private final boolean[] spelled = new boolean[256];

    /** For each node its byte, how deep it lies, where the walk goes on without it, and the first of its tokens. */
    private byte[] values = new byte[1024];

    private int[] depths = new int[1024];
    private int[] skips = new int[1024];
    private int[] tokens = new int[1024];
    private int nodes;

    /** Of tokens with the same bytes, the next one; -1 after the last. */
    private final int[] sameBytes;

    /**
     * @param bytes of each token; none or empty ones are never allowed
     * @param left out, since they are no text
     */
    TokenTrie(int vocabulary, IntFunction<byte[]> bytes, Set<Integer> left) {
        this.vocabulary = vocabulary;
        sameBytes = new int[vocabulary];
        Arrays.fill(sameBytes, -1);
        byte[][] known = new byte[vocabulary][];
        int[] ids = IntStream.range(0, vocabulary)
                .filter(id -> {
                    known[id] = bytes.apply(id);
                    return known[id].length > 0 && !left.contains(id);
                })
                .boxed()
                .sorted(Comparator.comparing(id -> known[id], Arrays::compareUnsigned))
                .mapToInt(Integer::intValue)
                .toArray();
        int deepest = 0;
        int[] path = new int[16];
        byte[] before = {};
        for (int id : ids) {
            byte[] value = known[id];
            int shared = Arrays.mismatch(before, value);
            if (shared < 0) {
                sameBytes[id] = tokens[nodes - 1];
                tokens[nodes - 1] = id;
                continue;
            }
            for (int depth = shared; depth < before.length; depth++) {
                skips[path[depth]] = nodes;
            }
            if (value.length > path.length) {
                path = Arrays.copyOf(path, 2 * value.length);
            }
            for (int depth = shared; depth < value.length; depth++) {
                path[depth] = add(value[depth], depth);
            }
            tokens[nodes - 1] = id;
            if (value.length == 1) {
                spelled[value[0] & 0xFF] = true;
            }
            deepest = Math.max(deepest, value.length);
            before = value;
        }
        for (int depth = 0; depth < before.length; depth++) {
            skips[path[depth]] = nodes;
        }
        longest = deepest;
    }

    private int add(byte value, int depth) {
        if (nodes == values.length) {
            values = Arrays.copyOf(values, 2 * nodes);
            depths = Arrays.copyOf(depths, 2 * nodes);
            skips = Arrays.copyOf(skips, 2 * nodes);
            tokens = Arrays.copyOf(tokens, 2 * nodes);
        }
        values[nodes] = value;
        depths[nodes] = depth;
        tokens[nodes] = -1;
        return nodes++;
    }

    int vocabulary() {
        return vocabulary;
    }

    /** How many bytes the longest token has. */
    int longest() {
        return longest;
    }

    /** {@return for each byte whether it is a token of its own, so that any text of such bytes can be said} */
    boolean[] spelled() {
        return spelled.clone();
    }

    /**
     * The tokens that an automaton can go along from a state.
     *
     * @param most how many bytes a token may leave at least to come
     */
    Mask walk(TokenAutomaton automaton, State from, long most, Walk walk) {
        long[] bits = new long[(vocabulary + 63) >> 6];
        State[] path = new State[longest + 1];
        path[0] = from;
        long longestLeft = 0;
        for (int node = 0; node < nodes; ) {
            walk.steps(1);
            int depth = depths[node];
            State state = automaton.step(path[depth], values[node] & 0xFF, walk);
            if (state.isDead()) {
                node = skips[node];
                continue;
            }
            path[depth + 1] = state;
            int token = tokens[node];
            if (token >= 0 && state.shortest <= most) {
                longestLeft = Math.max(longestLeft, state.shortest);
                for (; token >= 0; token = sameBytes[token]) {
                    bits[token >> 6] |= 1L << token;
                }
            }
            node++;
        }
        return new Mask(bits, longestLeft);
    }
}
