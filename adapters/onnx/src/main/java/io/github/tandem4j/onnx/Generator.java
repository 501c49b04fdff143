package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.NextToken;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** One generation: the prompt's prefill in chunks, then a token at a time. Used once, by one thread. */
final class Generator {
    /** Long enough to keep the multiplications busy, short enough for activations of a few megabytes. */
    private static final int CHUNK = 512;

    private final String model;
    private final Decoder decoder;
    private final Tokenizer tokenizer;
    private final Set<Integer> turnEnds;
    private final Decoding decoding;
    private final NativeCall call;
    private final CallContext context;
    private final long start;

    private final @Nullable Sampler sampler;
    private final @Nullable FloatBuffer logits;
    private int[] ids = new int[64];
    private float[] logProbabilities = new float[64];
    private float[] entropies = new float[64];
    private float[] margins = new float[64];
    private int count;
    private int given;

    Generator(
            String model,
            Decoder decoder,
            Tokenizer tokenizer,
            Set<Integer> turnEnds,
            Decoding decoding,
            NativeCall call,
            CallContext context,
            long start) {
        this.model = model;
        this.decoder = decoder;
        this.tokenizer = tokenizer;
        this.turnEnds = turnEnds;
        this.decoding = decoding;
        this.call = call;
        this.context = context;
        this.start = start;
        if (decoding.temperature() > 0) {
            long seed =
                    decoding.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong());
            sampler = new Sampler(decoding.temperature(), decoding.topP(), decoding.topK(), seed);
            logits = ByteBuffer.allocateDirect(decoder.vocabulary() * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
        } else {
            sampler = null;
            logits = null;
        }
    }

    /**
     * @param cache empty, with a window that holds prompt and completion
     * @param limit the longest completion
     */
    Generation run(KeyValueCache cache, int[] prompt, int limit, TokenSink sink) throws OrtException {
        TextAssembler text = new TextAssembler(decoding.stops(), piece -> give(piece, sink));
        Prediction prediction = prefill(cache, prompt);
        NextToken afterPrompt = new NextToken(prediction.entropy(), prediction.probability(), prediction.margin());
        Duration toFirstToken = Duration.ofNanos(System.nanoTime() - start);
        FinishReason reason = FinishReason.LENGTH;
        while (true) {
            int id = sampler == null || logits == null ? prediction.id() : sampler.draw(logits);
            if (decoding.endsWithTurn() && turnEnds.contains(id)) {
                reason = FinishReason.STOP;
                break;
            }
            add(id, prediction);
            if (text.accept(tokenizer.bytes(id))) {
                reason = FinishReason.STOP;
                break;
            }
            if (count == limit) {
                break;
            }
            prediction = step(cache, new int[] {id});
        }
        String whole = text.finish();
        return new Generation(
                whole,
                Arrays.copyOf(ids, count),
                scores(0, count),
                reason,
                prompt.length,
                afterPrompt,
                toFirstToken,
                Duration.ofNanos(System.nanoTime() - start));
    }

    /** A piece comes with the scores of all tokens since the piece before: some tokens make no text of their own. */
    private void give(String piece, TokenSink sink) {
        if (sink != TokenSink.NONE) {
            TokenScores scores = scores(given, count);
            given = count;
            sink.accept(piece, scores);
        }
    }

    private TokenScores scores(int from, int to) {
        return TokenScores.of(
                Arrays.copyOfRange(logProbabilities, from, to),
                Arrays.copyOfRange(entropies, from, to),
                Arrays.copyOfRange(margins, from, to));
    }

    /** Feeds the prompt and predicts what follows it. */
    Prediction prefill(KeyValueCache cache, int[] prompt) throws OrtException {
        for (int from = 0; ; from += CHUNK) {
            int to = Math.min(prompt.length, from + CHUNK);
            Prediction prediction = step(cache, Arrays.copyOfRange(prompt, from, to));
            if (to == prompt.length) {
                return prediction;
            }
        }
    }

    private Prediction step(KeyValueCache cache, int[] tokens) throws OrtException {
        call.throwIfClosed();
        context.throwIfOver(model);
        throwIfInterrupted();
        List<Prediction> predictions =
                decoder.run(call, cache, tokens, new int[] {tokens.length - 1}, new int[1], logits);
        return predictions.get(0);
    }

    /** ONNX Runtime does not heed interrupts, so a thread that is wanted elsewhere leaves between two runs. */
    private void throwIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CallCancelledException("call of " + model + " was interrupted");
        }
    }

    private void add(int id, Prediction prediction) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, 2 * count);
            logProbabilities = Arrays.copyOf(logProbabilities, 2 * count);
            entropies = Arrays.copyOf(entropies, 2 * count);
            margins = Arrays.copyOf(margins, 2 * count);
        }
        double logit = logits == null ? prediction.topLogit() : logits.get(id);
        ids[count] = id;
        logProbabilities[count] = (float) prediction.logProbability(logit);
        entropies[count] = (float) prediction.entropy();
        margins[count] = (float) prediction.margin();
        count++;
    }
}
