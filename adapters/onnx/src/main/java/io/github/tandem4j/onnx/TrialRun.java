package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import io.github.tandem4j.ModelFileException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Computes a few tokens with a decoder that somebody else's tools exported: some at once, then one more with those in the
 * cache. So a graph that cannot do what its inputs and outputs promise is refused when it is opened, by its file's name.
 */
final class TrialRun {
    private static final int CAPACITY = 4;

    private TrialRun() {}

    static void of(Path model, Decoder decoder) {
        int last = decoder.vocabulary() - 1;
        try (NativeCall call = new ActiveCalls(model.toString(), () -> {}).begin();
                KeyValueCache cache = decoder.cache(CAPACITY, CAPACITY)) {
            List<Prediction> predictions = new ArrayList<>(decoder.run(
                    call,
                    cache,
                    new int[] {0, Math.min(1, last)},
                    new int[] {0, 1},
                    new int[2],
                    null,
                    decoder.hiddenOutputs(),
                    (output, rows) -> requireRows(model, 2 * decoder.width(), rows)));
            predictions.addAll(decoder.run(call, cache, new int[] {Math.min(2, last)}, new int[1], new int[1], null));
            for (Prediction prediction : predictions) {
                if (!Double.isFinite(prediction.logSumExp()) || !Double.isFinite(prediction.targetLogit())) {
                    throw new ModelFileException(model + " gives logits that are no numbers, on this machine at least;"
                            + " valid: another variant, such as fp32");
                }
            }
        } catch (OrtException e) {
            throw new ModelFileException(
                    model + " does not run as a decoder with a cache: " + e.getMessage() + "; valid: one of Optimum or"
                            + " onnxruntime-genai, one sequence at a time",
                    e);
        }
    }

    private static void requireRows(Path model, int expected, FloatBuffer rows) {
        if (rows.capacity() != expected) {
            throw new ModelFileException(model + " has states of " + rows.capacity()
                    + " numbers at two positions before its head, whose weights take " + expected
                    + "; valid: one state a position");
        }
    }
}
