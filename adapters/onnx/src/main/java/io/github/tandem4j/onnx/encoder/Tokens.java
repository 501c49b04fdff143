package io.github.tandem4j.onnx.encoder;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import java.util.ArrayList;
import java.util.List;

/** A text's tokens, without special ones. */
final class Tokens {
    private final int[] ids;
    private final int[] words;
    private final CharSpan[] spans;

    private Tokens(int[] ids, int[] words, CharSpan[] spans) {
        this.ids = ids;
        this.words = words;
        this.spans = spans;
    }

    static Tokens of(Encoding encoding) {
        return new Tokens(ints(encoding.getIds()), ints(encoding.getWordIds()), encoding.getCharTokenSpans());
    }

    private static int[] ints(long[] values) {
        int[] ints = new int[values.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = (int) values[i];
        }
        return ints;
    }

    int count() {
        return ids.length;
    }

    int id(int token) {
        return ids[token];
    }

    /** Which of the text's words a token belongs to. */
    int word(int token) {
        return words[token];
    }

    /** Where a token's text begins, in characters as the tokenizer counts them: code points. */
    int start(int token) {
        return spans[token].getStart();
    }

    int end(int token) {
        return spans[token].getEnd();
    }

    /**
     * Cuts the tokens into windows, each of at most {@code size} and ending with a whole word, unless the word fills
     * half a window.
     *
     * @param overlap how many tokens a window shares with the one before it; less than half the size
     * @return the tokens where the windows begin and end, in turn; one empty window if there is no token
     */
    List<int[]> windows(int size, int overlap) {
        List<int[]> windows = new ArrayList<>();
        int from = 0;
        while (ids.length - from > size) {
            int to = from + size;
            while (to > from + size - size / 2 && words[to] == words[to - 1]) {
                to--;
            }
            if (words[to] == words[to - 1]) {
                to = from + size;
            }
            windows.add(new int[] {from, to});
            from = Math.max(from + 1, to - overlap);
        }
        windows.add(new int[] {from, ids.length});
        return windows;
    }
}
