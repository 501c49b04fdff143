package io.github.tandem4j.onnx.grammar;

import java.util.function.Function;

/**
 * A regular expression as a grammar, and how many characters its texts have.
 *
 * @param least of the shortest
 * @param most of the longest; {@link Long#MAX_VALUE} if there is none
 */
record Regex(Node node, long least, long most) {
    static final Regex EMPTY = new Regex(Node.EMPTY, 0, 0);

    private static final CodePoints LINE_ENDS = CodePoints.of("\n\r\u0085\u2028\u2029");

    /** What a dot stands for: Java and JavaScript agree on these. */
    static final CodePoints DOT = LINE_ENDS.not();

    /**
     * @param characters writes one of a set of characters
     * @throws IllegalArgumentException that names the index
     */
    static Regex whole(String source, Function<CodePoints, Node> characters) {
        return new RegexParser(source, characters).parse(Regex.EMPTY);
    }

    /** What has the expression somewhere in it, as JSON schemas mean it. */
    static Regex within(String source, Function<CodePoints, Node> characters) {
        Node anything = Node.repeat(characters.apply(CodePoints.ALL), 0, Node.UNBOUNDED);
        return new RegexParser(source, characters).parse(new Regex(anything, 0, Long.MAX_VALUE));
    }

    Regex then(Regex next) {
        if (next.node == Node.EMPTY) {
            return this;
        }
        return new Regex(
                node == Node.EMPTY ? next.node : Node.sequence(node, next.node),
                sum(least, next.least),
                sum(most, next.most));
    }

    Regex repeated(int from, int to) {
        long longest = to == Node.UNBOUNDED ? (most == 0 ? 0 : Long.MAX_VALUE) : times(to, most);
        // Rounds of what may be empty need not be counted from below.
        return new Regex(Node.repeat(node, least == 0 ? 0 : from, to), times(from, least), longest);
    }

    private static long sum(long a, long b) {
        return a == Long.MAX_VALUE || b == Long.MAX_VALUE ? Long.MAX_VALUE : Math.min(Long.MAX_VALUE / 4, a + b);
    }

    private static long times(int count, long length) {
        return length == Long.MAX_VALUE && count > 0
                ? Long.MAX_VALUE
                : length > 0 && count > Long.MAX_VALUE / 4 / length ? Long.MAX_VALUE / 4 : count * length;
    }
}
