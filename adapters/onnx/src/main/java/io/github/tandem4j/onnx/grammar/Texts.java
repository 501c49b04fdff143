package io.github.tandem4j.onnx.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** A grammar of some texts in which each byte decides: texts that begin alike share their beginnings. */
final class Texts {
    private Texts() {}

    static Node oneOf(Collection<String> texts) {
        byte[][] sorted = texts.stream()
                .distinct()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .sorted(Arrays::compareUnsigned)
                .toArray(byte[][]::new);
        return of(sorted, 0, sorted.length, 0);
    }

    /**
     * Any text without another in it, after Knuth, Morris and Pratt: a rule for each length of what has come of the missing
     * text, and none for the whole.
     */
    static Node without(String missing) {
        int[] pattern = missing.codePoints().toArray();
        Node.Rule[] rules = new Node.Rule[pattern.length];
        Arrays.setAll(rules, length -> new Node.Rule());
        for (int length = 0; length < pattern.length; length++) {
            CodePoints others = CodePoints.ALL;
            List<Node> options = new ArrayList<>(List.of(Node.EMPTY));
            for (int character : Arrays.stream(pattern).distinct().toArray()) {
                others = others.minus(CodePoints.of(character));
                int next = after(pattern, length, character);
                if (next < pattern.length) {
                    options.add(Node.sequence(CodePoints.of(character).asUtf8(), rules[next]));
                }
            }
            options.add(Node.sequence(others.asUtf8(), rules[0]));
            rules[length].is(Node.choice(options));
        }
        return rules[0];
    }

    /** How much of a pattern has come when so much had come, and then a character. */
    private static int after(int[] pattern, int length, int character) {
        int[] text = Arrays.copyOf(pattern, length + 1);
        text[length] = character;
        for (int known = text.length; known > 0; known--) {
            if (Arrays.equals(pattern, 0, known, text, text.length - known, text.length)) {
                return known;
            }
        }
        return 0;
    }

    /** Those from one to another, which are the same up to a byte. */
    private static Node of(byte[][] texts, int from, int to, int at) {
        int shared = sharedOf(texts[from], texts[to - 1], at);
        Node beginning = shared == at ? Node.EMPTY : new Node.Literal(Arrays.copyOfRange(texts[from], at, shared));
        if (to - from == 1) {
            return beginning;
        }
        List<Node> options = new ArrayList<>();
        int first = from;
        if (texts[from].length == shared) {
            options.add(Node.EMPTY);
            first++;
        }
        while (first < to) {
            int end = first + 1;
            while (end < to && texts[end][shared] == texts[first][shared]) {
                end++;
            }
            options.add(of(texts, first, end, shared));
            first = end;
        }
        return Node.sequence(beginning, Node.choice(options));
    }

    /** Sorted texts share what the first and the last of them share. */
    private static int sharedOf(byte[] first, byte[] last, int at) {
        int shared = at;
        while (shared < first.length && shared < last.length && first[shared] == last[shared]) {
            shared++;
        }
        return shared;
    }
}
