package io.github.tandem4j.onnx.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A grammar that was looked over: how long the shortest text of each part is, if there is a text at all, and that no
 * rule leads to itself without a byte in between, which no machine could follow. Immutable.
 *
 * <p>Lengths are a least fixed point: all begin at {@link #NEVER}, and a rule is looked at again whenever one that it uses
 * has become shorter.
 */
final class Grammar {
    /** The length of what has no text. */
    static final long NEVER = Long.MAX_VALUE / 4;

    private static final int MOST_NODES = 400_000;

    private final Node root;
    private final boolean[] available;
    private final Map<Node, Long> shortest = new HashMap<>();

    /** From each item of a sequence to its end, since a walk asks at each: a sequence may have a hundred thousand. */
    private final Map<Node.Sequence, long[]> rests = new HashMap<>();

    private Grammar(Node root, boolean[] available) {
        this.root = root;
        this.available = available;
        findShortest();
    }

    /**
     * @throws IllegalArgumentException if there are too many parts, or a rule leads to itself
     */
    static Grammar of(Node root) {
        boolean[] all = new boolean[256];
        Arrays.fill(all, true);
        Grammar grammar = new Grammar(root, all);
        grammar.requireNoLeftRecursion();
        return grammar;
    }

    /** The same for a vocabulary that can spell these bytes only. */
    Grammar spelledBy(boolean[] bytes) {
        return new Grammar(root, bytes);
    }

    Node root() {
        return root;
    }

    boolean isAvailable(int value) {
        return available[value];
    }

    boolean hasText() {
        return shortest(root) < NEVER;
    }

    /** How many bytes the shortest text of a part has. */
    long shortest(Node node) {
        return shortest.getOrDefault(node, NEVER);
    }

    /** How many bytes are still to come of a part of which some has come. */
    long shortest(Node node, int at) {
        if (node instanceof Node.Literal literal) {
            return shortest(node) >= NEVER ? NEVER : literal.bytes.length - at;
        }
        if (node instanceof Node.Sequence sequence) {
            long[] rest = rests.get(sequence);
            return rest == null ? restsOf(sequence)[at] : rest[at];
        }
        if (node instanceof Node.Repeat repeat) {
            return times(Math.max(0, repeat.least - at), shortest(repeat.body));
        }
        return shortest(node);
    }

    private long[] restsOf(Node.Sequence sequence) {
        long[] rest = new long[sequence.items.length + 1];
        for (int i = sequence.items.length - 1; i >= 0; i--) {
            rest[i] = sum(rest[i + 1], shortest(sequence.items[i]));
        }
        return rest;
    }

    static long sum(long a, long b) {
        return a >= NEVER || b >= NEVER ? NEVER : Math.min(NEVER - 1, a + b);
    }

    private static long times(long count, long length) {
        if (count == 0 || length >= NEVER) {
            return count == 0 ? 0 : NEVER;
        }
        return length >= NEVER / count ? NEVER - 1 : count * length;
    }

    private void findShortest() {
        Map<Node.Rule, List<Node.Rule>> users = new HashMap<>();
        Map<Node.Rule, List<Node>> parts = new HashMap<>();
        Node.Rule top = new Node.Rule();
        top.is(root);
        Deque<Node.Rule> found = new ArrayDeque<>(List.of(top));
        int count = 0;
        while (!found.isEmpty()) {
            Node.Rule rule = found.pop();
            if (parts.containsKey(rule)) {
                continue;
            }
            List<Node> inside = partsOf(rule, users, found);
            parts.put(rule, inside);
            count += inside.size();
            if (count > MOST_NODES) {
                throw new IllegalArgumentException("it takes more than " + MOST_NODES + " parts; valid: a smaller one");
            }
        }
        Deque<Node.Rule> open = new ArrayDeque<>(parts.keySet());
        while (!open.isEmpty()) {
            Node.Rule rule = open.pop();
            for (Node part : parts.getOrDefault(rule, List.of())) {
                shortest.put(part, lengthOf(part));
            }
            long length = shortest(rule.body());
            if (length < shortest(rule)) {
                shortest.put(rule, length);
                open.addAll(users.getOrDefault(rule, List.of()));
            }
        }
        for (List<Node> inside : parts.values()) {
            for (Node part : inside) {
                if (part instanceof Node.Sequence sequence) {
                    rests.put(sequence, restsOf(sequence));
                }
            }
        }
    }

    /** What a rule is made of without following other rules, the innermost first. */
    private static List<Node> partsOf(Node.Rule rule, Map<Node.Rule, List<Node.Rule>> users, Deque<Node.Rule> found) {
        List<Node> outermostFirst = new ArrayList<>();
        Map<Node.Rule, Boolean> used = new HashMap<>();
        Deque<Node> open = new ArrayDeque<>(List.of(rule.body()));
        while (!open.isEmpty()) {
            Node node = open.pop();
            if (node instanceof Node.Rule other) {
                if (used.put(other, true) == null) {
                    users.computeIfAbsent(other, key -> new ArrayList<>()).add(rule);
                    found.push(other);
                }
                continue;
            }
            outermostFirst.add(node);
            if (outermostFirst.size() > MOST_NODES) {
                break;
            }
            childrenOf(node).forEach(open::push);
        }
        Collections.reverse(outermostFirst);
        return outermostFirst;
    }

    private static List<Node> childrenOf(Node node) {
        if (node instanceof Node.Sequence sequence) {
            return Arrays.asList(sequence.items);
        }
        if (node instanceof Node.Choice choice) {
            return Arrays.asList(choice.options);
        }
        return node instanceof Node.Repeat repeat ? List.of(repeat.body) : List.of();
    }

    private long lengthOf(Node node) {
        if (node instanceof Node.ByteSet set) {
            for (int value = 0; value < 256; value++) {
                if (available[value] && set.has(value)) {
                    return 1;
                }
            }
            return NEVER;
        }
        if (node instanceof Node.Literal literal) {
            for (byte value : literal.bytes) {
                if (!available[value & 0xFF]) {
                    return NEVER;
                }
            }
            return literal.bytes.length;
        }
        if (node instanceof Node.Choice choice) {
            long least = NEVER;
            for (Node option : choice.options) {
                least = Math.min(least, shortest(option));
            }
            return least;
        }
        return shortest(node, 0);
    }

    /** Follows what may come first, until a byte does, and refuses to come back to a rule that it is in. */
    private void requireNoLeftRecursion() {
        Map<Node, Boolean> done = new HashMap<>(); // false while it is being followed
        Deque<Node> path = new ArrayDeque<>(List.of(root));
        while (!path.isEmpty()) {
            Node node = path.peek();
            Boolean state = done.get(node);
            if (state != null) {
                path.pop();
                done.put(node, true);
                continue;
            }
            done.put(node, false);
            for (Node first : firstOf(node)) {
                Boolean known = done.get(first);
                if (known == null) {
                    path.push(first);
                } else if (!known) {
                    throw new IllegalArgumentException("it recurses without end: a part is its own beginning");
                }
            }
        }
    }

    private List<Node> firstOf(Node node) {
        if (node instanceof Node.Rule rule) {
            return List.of(rule.body());
        }
        if (node instanceof Node.Sequence sequence) {
            int end = 0;
            while (end < sequence.items.length && shortest(sequence.items[end]) == 0) {
                end++;
            }
            return Arrays.asList(sequence.items).subList(0, Math.min(end + 1, sequence.items.length));
        }
        return childrenOf(node);
    }
}
