package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import java.util.Arrays;
import java.util.List;

/** Cuts a text into windows and those into chunks, and collects the scores. */
final class Scorer {
    /** Positions whose distributions are computed at once. */
    private static final int CHUNK = 64;

    private final int[] ids;
    private final int tokensPerWindow;
    private final int[] scored;
    private final float[] nll;
    private final int[] top1;
    private int position;
    private int count;

    Scorer(int[] ids, int tokensPerWindow) {
        this.ids = ids;
        this.tokensPerWindow = tokensPerWindow;
        this.scored = new int[ids.length];
        this.nll = new float[ids.length];
        this.top1 = new int[ids.length];
    }

    boolean hasNext() {
        return position < ids.length - 1;
    }

    double done() {
        return hasNext() ? (double) position / ids.length : 1;
    }

    void next(NativeCall call, Decoder decoder, KeyValueCache cache) throws OrtException {
        int inWindow = position % tokensPerWindow;
        if (inWindow == 0) {
            cache.clear();
        }
        int windowEnd = Math.min(ids.length, position - inWindow + tokensPerWindow);
        int end = Math.min(position + CHUNK, windowEnd);
        // The window's last token has nothing after it to be scored.
        int targets = Math.min(end, windowEnd - 1) - position;
        if (targets > 0) {
            int[] positions = new int[targets];
            Arrays.setAll(positions, i -> i);
            int[] wanted = Arrays.copyOfRange(ids, position + 1, position + 1 + targets);
            call.throwIfClosed();
            List<Prediction> predictions =
                    decoder.run(call, cache, Arrays.copyOfRange(ids, position, end), positions, wanted, null);
            for (int i = 0; i < targets; i++) {
                Prediction prediction = predictions.get(i);
                scored[count] = wanted[i];
                nll[count] = (float) -prediction.logProbability(prediction.targetLogit());
                top1[count] = prediction.id();
                count++;
            }
        }
        position = end;
    }

    TextScore score() {
        return new TextScore(Arrays.copyOf(scored, count), Arrays.copyOf(nll, count), Arrays.copyOf(top1, count));
    }
}
