package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import io.github.tandem4j.CallContext;
import java.util.Arrays;
import java.util.List;

/**
 * Scores one sequence after the other in one cache, which keeps what a sequence has in common with the one before it.
 * Belongs to one call; not thread-safe.
 *
 * <p>No run feeds a single token if it can be helped: a single row is multiplied by other kernels than several are, and
 * with activations of eight bits the roundings grow to a tenth of a logit. So continuations of one token and of many are
 * scored alike.
 */
final class ContinuationScorer {
    private static final int CHUNK = 512;

    /** Positions whose distributions are computed at once. */
    private static final int SCORED_CHUNK = 64;

    private final String model;
    private final Decoder decoder;
    private final NativeCall call;
    private final CallContext context;
    private final KeyValueCache cache;
    private int[] held = {};

    ContinuationScorer(String model, Decoder decoder, NativeCall call, CallContext context, KeyValueCache cache) {
        this.model = model;
        this.decoder = decoder;
        this.call = call;
        this.context = context;
        this.cache = cache;
    }

    /**
     * @param ids context and continuation
     * @param from the first token that is scored, 1 or more
     */
    ContinuationScore score(String continuation, int[] ids, int from) throws OrtException {
        int last = ids.length - 1; // after which nothing is to be foreseen
        int first = Math.max(0, Math.min(from - 1, last - 2));
        int common = Math.min(first, common(held, ids));
        if (first - common == 1) {
            first = common;
        }
        held = ids;
        cache.cutTo(common);
        for (int at = common; at < first; ) {
            int end = end(at, first, CHUNK);
            run(ids, at, end, 1);
            at = end;
        }
        double[] logProbabilities = new double[ids.length - from];
        boolean greedy = true;
        for (int at = first; at < last; ) {
            int end = end(at, last, SCORED_CHUNK);
            List<Prediction> predictions = run(ids, at, end, end - at);
            for (int i = Math.max(0, from - 1 - at); i < predictions.size(); i++) {
                Prediction prediction = predictions.get(i);
                logProbabilities[at + i + 1 - from] = prediction.logProbability(prediction.targetLogit());
                greedy &= prediction.id() == ids[at + i + 1];
            }
            at = end;
        }
        return new ContinuationScore(continuation, Arrays.copyOfRange(ids, from, ids.length), logProbabilities, greedy);
    }

    /** The end of a chunk, which leaves no single token over. */
    private static int end(int at, int end, int chunk) {
        return end - at <= chunk ? end : end - at == chunk + 1 ? at + chunk - 1 : at + chunk;
    }

    private static int common(int[] left, int[] right) {
        int mismatch = Arrays.mismatch(left, right);
        return mismatch < 0 ? right.length : mismatch;
    }

    /** @param predictions how many of the fed tokens, the last ones, say what follows them */
    private List<Prediction> run(int[] ids, int from, int to, int predictions) throws OrtException {
        call.throwIfOver(context, model);
        int[] positions = new int[predictions];
        int[] targets = new int[predictions];
        for (int i = 0; i < predictions; i++) {
            positions[i] = to - from - predictions + i;
            targets[i] = ids[to - predictions + i + 1];
        }
        return decoder.run(call, cache, Arrays.copyOfRange(ids, from, to), positions, targets, null);
    }
}
