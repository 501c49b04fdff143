package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import java.util.List;

/**
 * Prompt lookup for one generation: feeds a token together with a draft of what may follow, to a decoder that computes
 * each as if it came alone, and gives the predictions behind the draft's tokens for as long as those are what is
 * chosen. What was fed in vain is cut off the cache. Not thread-safe.
 */
final class Speculation {
    /** A token and its draft; more cost more than they bring. */
    static final int ROWS = 8;

    private final Decoder rowwise;
    private final PromptLookup lookup;
    private final DraftPace pace = new DraftPace();

    private int[] fed = {};
    private List<Prediction> predictions = List.of();
    private int used;
    private long nanos;

    /** @param rowwise computes {@link #ROWS} tokens a run, each as if it came alone */
    Speculation(Decoder rowwise, int[] prompt) {
        this.rowwise = rowwise;
        this.lookup = new PromptLookup(prompt);
    }

    /** A run of a decoder. */
    interface Run {
        Prediction single() throws OrtException;
    }

    /**
     * Goes on by a token.
     *
     * @param single feeds it alone
     */
    Prediction next(NativeCall call, KeyValueCache cache, int id, Run single) throws OrtException {
        lookup.add(id);
        if (used < fed.length && fed[used] == id) {
            return predictions.get(used++);
        }
        settle(cache);
        int[] draft = pace.allows() && cache.hasRoom(ROWS) ? lookup.draft(ROWS - 1) : new int[0];
        long start = System.nanoTime();
        if (draft.length == 0) {
            Prediction prediction = single.single();
            pace.single(System.nanoTime() - start);
            return prediction;
        }
        int[] block = new int[ROWS];
        block[0] = id;
        System.arraycopy(draft, 0, block, 1, ROWS - 1);
        int[] positions = new int[ROWS];
        for (int i = 0; i < ROWS; i++) {
            positions[i] = i;
        }
        predictions = rowwise.run(call, cache, block, positions, new int[ROWS], null);
        nanos = System.nanoTime() - start;
        fed = block;
        used = 1;
        return predictions.get(0);
    }

    /** Leaves in the cache only what has been gone on by. */
    void settle(KeyValueCache cache) {
        if (fed.length > 0) {
            cache.cutTo(cache.length() - fed.length + used);
            pace.draft(nanos, used);
            fed = new int[0];
            predictions = List.of();
        }
    }
}
