package io.github.tandem4j.onnx.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Ranges of characters as sequences of ranges of bytes, by the way of Ken Thompson that RE2 uses too: a range is cut until
 * its first and its last character differ in a byte only if all that follows is whole.
 */
final class Utf8 {
    private static final int[] LAST_OF_LENGTH = {0x7FF, 0xFFFF, Character.MAX_CODE_POINT};

    private Utf8() {}

    static Node node(List<CodePoints.Range> ranges) {
        List<Node> options = new ArrayList<>();
        BitSet ascii = new BitSet();
        for (CodePoints.Range range : ranges) {
            int from = Math.max(range.from(), 0x80);
            ascii.set(range.from(), Math.max(range.from(), Math.min(0x7F, range.to()) + 1));
            for (int last : LAST_OF_LENGTH) {
                if (from <= range.to() && from <= last) {
                    cut(from, Math.min(last, range.to()), options);
                    from = last + 1;
                }
            }
        }
        if (!ascii.isEmpty()) {
            options.add(Node.bytes(ascii));
        }
        return Node.choice(options);
    }

    /** @param to as many bytes long as the first */
    private static void cut(int from, int to, List<Node> options) {
        for (int bytes = 1; bytes < 4; bytes++) {
            int below = (1 << (6 * bytes)) - 1;
            if ((from & ~below) != (to & ~below)) {
                if ((from & below) != 0) {
                    cut(from, from | below, options);
                    cut((from | below) + 1, to, options);
                    return;
                }
                if ((to & below) != below) {
                    cut(from, (to & ~below) - 1, options);
                    cut(to & ~below, to, options);
                    return;
                }
            }
        }
        byte[] first = Character.toString(from).getBytes(StandardCharsets.UTF_8);
        byte[] last = Character.toString(to).getBytes(StandardCharsets.UTF_8);
        Node[] bytes = new Node[first.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = Node.bytes(first[i] & 0xFF, last[i] & 0xFF);
        }
        options.add(Node.sequence(bytes));
    }
}
