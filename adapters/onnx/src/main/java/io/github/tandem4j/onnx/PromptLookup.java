package io.github.tandem4j.onnx;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Guesses what comes next from what came before (Saxena, 2023): the tokens behind the last place where the sequence's
 * last three tokens stood, or its last two, prompt and completion alike. Belongs to one generation; not thread-safe.
 */
final class PromptLookup {
    private int[] tokens;
    private int size;

    /** Where each pair and each triple of tokens last ended, less those at the very end. */
    private final Map<Long, Integer> pairs = new HashMap<>();

    private final Map<Triple, Integer> triples = new HashMap<>();

    PromptLookup(int[] prompt) {
        tokens = new int[prompt.length + 64];
        for (int id : prompt) {
            add(id);
        }
    }

    private record Triple(int first, long rest) {}

    /** Goes on by a token. */
    void add(int id) {
        if (size >= 2) {
            pairs.put(pair(), size);
        }
        if (size >= 3) {
            triples.put(triple(), size);
        }
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
        }
        tokens[size++] = id;
    }

    /**
     * The next tokens, if they are like those of an earlier place; where that place is so near that they are not all
     * there, it is taken to go on repeating.
     *
     * @return so many tokens, or none
     */
    int[] draft(int count) {
        Integer from = size < 3 ? null : triples.get(triple());
        if (from == null && size >= 2) {
            from = pairs.get(pair());
        }
        if (from == null) {
            return new int[0];
        }
        int[] draft = new int[count];
        for (int i = 0; i < count; i++) {
            draft[i] = from + i < size ? tokens[from + i] : draft[from + i - size];
        }
        return draft;
    }

    private long pair() {
        return (long) tokens[size - 2] << 32 | tokens[size - 1];
    }

    private Triple triple() {
        return new Triple(tokens[size - 3], pair());
    }
}
