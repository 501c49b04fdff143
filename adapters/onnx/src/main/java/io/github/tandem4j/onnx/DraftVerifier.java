package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second session of a model, which verifies drafts: opened when the first is wanted, and used only if on this
 * machine it computes the tokens of a run as the first session computes each alone, not nearly but to the last bit.
 * Thread-safe.
 */
final class DraftVerifier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DraftVerifier.class);

    /** Behind so many tokens the two are compared. */
    private static final int CONTEXT = 5;

    private final ModelDirectory directory;
    private final int threads;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean opened;
    private @Nullable Decoder rowwise;

    DraftVerifier(ModelDirectory directory, int threads) {
        this.directory = directory;
        this.threads = threads;
    }

    /** The decoder of {@link Speculation#ROWS} tokens a run; null where there is none that is exact. */
    @Nullable
    Decoder decoder(Decoder single, NativeCall call) throws OrtException {
        lock.lock();
        try {
            if (!opened) {
                rowwise = open(single, call);
                if (rowwise == null) {
                    LOG.warn(
                            "{} does not compute several tokens at once as it computes each alone; no drafts",
                            directory.model());
                }
                opened = true;
            }
            return rowwise;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the second session has been compared with the first and is used. */
    boolean isExact() {
        lock.lock();
        try {
            return rowwise != null;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Decoder open(Decoder single, NativeCall call) throws OrtException {
        Decoder made = Decoder.openRowwise(directory, threads, Speculation.ROWS).orElse(null);
        if (made == null) {
            return null;
        }
        boolean exact = false;
        try {
            exact = agree(made, single, call);
        } finally {
            if (!exact) { // or the call was cancelled meanwhile, and the next one tries again
                made.close();
            }
        }
        return exact ? made : null;
    }

    private static boolean agree(Decoder rowwise, Decoder single, NativeCall call) throws OrtException {
        int all = CONTEXT + Speculation.ROWS;
        int[] ids = new int[all];
        Arrays.setAll(ids, i -> (int) ((i + 1) * 7919L % single.vocabulary()));
        try (KeyValueCache cache = single.cache(all, all)) {
            single.run(call, cache, Arrays.copyOf(ids, CONTEXT), new int[1], new int[1], null);
            List<Prediction> expected = new ArrayList<>();
            for (int i = CONTEXT; i < all; i++) {
                expected.addAll(single.run(call, cache, new int[] {ids[i]}, new int[1], new int[1], null));
            }
            cache.cutTo(CONTEXT);
            int[] positions = new int[Speculation.ROWS];
            Arrays.setAll(positions, i -> i);
            int[] block = Arrays.copyOfRange(ids, CONTEXT, all);
            List<Prediction> found = rowwise.run(call, cache, block, positions, new int[Speculation.ROWS], null);
            return Arrays.equals(numbers(found), numbers(expected));
        }
    }

    /** All but the entropies, which are sums of a row's numbers that begin wherever the row lies in memory. */
    private static double[] numbers(List<Prediction> predictions) {
        return predictions.stream()
                .flatMapToDouble(each -> DoubleStream.of(
                        each.id(), each.topLogit(), each.probability(), each.margin(), each.targetLogit()))
                .toArray();
    }

    @Override
    public void close() throws OrtException {
        if (rowwise != null) {
            rowwise.close();
        }
    }
}
