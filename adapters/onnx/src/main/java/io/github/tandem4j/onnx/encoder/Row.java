package io.github.tandem4j.onnx.encoder;

/** A sequence of tokens that the model sees at once: a text or a piece of one, between special tokens. */
final class Row {
    private final int[] ids;
    private final int[] types;
    private final int from;
    private final int to;
    private final int prefix;

    /**
     * @param from the first of the text's tokens that is in the row
     * @param to behind the last of them
     * @param prefix at which index the first one is
     */
    Row(int[] ids, int[] types, int from, int to, int prefix) {
        this.ids = ids;
        this.types = types;
        this.from = from;
        this.to = to;
        this.prefix = prefix;
    }

    int length() {
        return ids.length;
    }

    int id(int index) {
        return ids[index];
    }

    int type(int index) {
        return types[index];
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    int prefix() {
        return prefix;
    }

    /** How much the row counts among the others of its text. */
    int weight() {
        return Math.max(1, to - from);
    }
}
