package io.github.tandem4j.onnx.encoder;

import ai.djl.huggingface.tokenizers.Encoding;
import java.util.Arrays;

/** The special tokens before, between and behind one text or two, and the types of all tokens. */
final class Frame {
    private final int[][] specials;
    /** Of the specials before the first text, of that text, of the specials behind it, and so on. */
    private final int[] types;

    private Frame(int[][] specials, int[] types) {
        this.specials = specials;
        this.types = types;
    }

    /**
     * Learns a frame from a sample, in which runs of special tokens and of a text's take turns.
     *
     * @param texts how many there are in the sample, 1 or 2
     */
    static Frame of(Encoding sample, int texts) {
        long[] special = sample.getSpecialTokenMask();
        long[] sequence = sample.getSequenceIds();
        int[][] specials = new int[texts + 1][];
        int[] types = new int[2 * texts + 1];
        int at = 0;
        for (int run = 0; run < types.length; run++) {
            int from = at;
            boolean framing = run % 2 == 0;
            while (at < special.length
                    && (special[at] == 1) == framing
                    && (framing || sequence[at] == sequence[from])) {
                at++;
            }
            if (framing) {
                specials[run / 2] = Arrays.stream(sample.getIds(), from, at)
                        .mapToInt(Math::toIntExact)
                        .toArray();
            } else if (at == from) {
                throw new IllegalArgumentException("a sample of " + texts + " has no tokens of text " + (run / 2 + 1));
            }
            types[run] = at == from ? 0 : Math.toIntExact(sample.getTypeIds()[from]);
        }
        if (at < special.length) {
            throw new IllegalArgumentException("a sample of " + texts + " has special tokens within its texts");
        }
        return new Frame(specials, types);
    }

    /** How many special tokens there are. */
    int count() {
        return Arrays.stream(specials).mapToInt(each -> each.length).sum();
    }

    /** A row of a text's tokens, from one up to another. */
    Row row(Tokens tokens, int from, int to) {
        Filling row = new Filling(count() + to - from);
        row.add(specials[0], types[0]);
        int prefix = row.at;
        row.add(tokens, from, to, types[1]);
        row.add(specials[1], types[2]);
        return row.done(from, to, prefix);
    }

    /** A row of one text's tokens and some of another's, from one up to another. */
    Row row(Tokens first, Tokens second, int from, int to) {
        Filling row = new Filling(count() + first.count() + to - from);
        row.add(specials[0], types[0]);
        row.add(first, 0, first.count(), types[1]);
        row.add(specials[1], types[2]);
        int prefix = row.at;
        row.add(second, from, to, types[3]);
        row.add(specials[2], types[4]);
        return row.done(from, to, prefix);
    }

    private static final class Filling {
        private final int[] ids;
        private final int[] types;
        private int at;

        Filling(int length) {
            ids = new int[length];
            types = new int[length];
        }

        void add(int[] specials, int type) {
            for (int id : specials) {
                types[at] = type;
                ids[at++] = id;
            }
        }

        void add(Tokens tokens, int from, int to, int type) {
            for (int token = from; token < to; token++) {
                types[at] = type;
                ids[at++] = tokens.id(token);
            }
        }

        Row done(int from, int to, int prefix) {
            return new Row(ids, types, from, to, prefix);
        }
    }
}
