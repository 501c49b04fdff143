package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.NextToken;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.onnx.grammar.TokenConstraint;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
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

    private final @Nullable TokenConstraint constraint;
    private final TokenChooser chooser;
    private final TopTokens topTokens;
    private final @Nullable FloatBuffer logits;
    private @Nullable Decoder rowwise;
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
            long start,
            boolean keepsLogits,
            @Nullable TokenConstraint constraint) {
        this.model = model;
        this.decoder = decoder;
        this.tokenizer = tokenizer;
        this.turnEnds = turnEnds;
        this.decoding = decoding;
        this.call = call;
        this.context = context;
        this.start = start;
        this.constraint = constraint;
        chooser = new TokenChooser(decoding, constraint);
        topTokens = new TopTokens(decoding.alternatives(), tokenizer);
        logits = chooser.needsLogits() || topTokens.isOn() || keepsLogits ? decoder.logits() : null;
    }

    /**
     * Drafts tokens by prompt lookup, where the likeliest token is all that is wanted of a step.
     *
     * @param rowwise computes drafts exactly; null if there is none
     */
    void draftWith(@Nullable Decoder rowwise) {
        this.rowwise = rowwise;
    }

    /**
     * @param prefill of the prompt, by this call or taken over from another; its keys and values are added to
     * @param taken whether it is another call's
     * @param limit the longest completion
     * @param answer takes the hidden states of the answer that are wished for
     */
    Generation run(Prefill prefill, boolean taken, int limit, TokenSink sink, StatePool answer) throws OrtException {
        KeyValueCache cache = prefill.cache();
        TextAssembler text = new TextAssembler(decoding.stops(), piece -> give(piece, sink));
        Prediction prediction = begin(prefill, answer);
        NextToken afterPrompt = prediction.nextToken();
        Duration toFirstToken = Duration.ofNanos(System.nanoTime() - start);
        chooser.begin(prefill.prompt());
        Speculation speculation = speculation(prefill, answer);
        FinishReason reason = FinishReason.LENGTH;
        try {
            while (true) {
                int id = chooser.choose(prediction, logits);
                if ((decoding.endsWithTurn() || constraint != null) && turnEnds.contains(id)) {
                    reason = FinishReason.STOP;
                    break;
                }
                chooser.accept(id);
                add(id, prediction);
                if (text.accept(tokenizer.bytes(id)) || (constraint != null && constraint.isFinished())) {
                    reason = FinishReason.STOP;
                    break;
                }
                if (count == limit) {
                    break;
                }
                prediction = speculation == null
                        ? step(cache, new int[] {id}, answer, true)
                        : speculated(speculation, cache, id, answer);
            }
        } finally {
            if (speculation != null) {
                speculation.settle(cache);
            }
        }
        if (constraint != null && constraint.isShortened()) {
            reason = FinishReason.LENGTH; // which has had a say in how the text ends
        }
        String whole = text.finish();
        return new Generation(
                whole,
                Arrays.copyOf(ids, count),
                scores(0, count),
                topTokens.alternatives(),
                reason,
                prefill.prompt().length,
                taken ? prefill.prompt().length : 0,
                afterPrompt,
                answer.states(),
                toFirstToken,
                Duration.ofNanos(System.nanoTime() - start));
    }

    /** Null where a step has to give more than a prediction, which a draft's steps do not. */
    private @Nullable Speculation speculation(Prefill prefill, StatePool answer) {
        return rowwise == null || logits != null || !answer.plan().outputs(true).isEmpty()
                ? null
                : new Speculation(rowwise, prefill.prompt());
    }

    private Prediction speculated(Speculation speculation, KeyValueCache cache, int id, StatePool answer)
            throws OrtException {
        throwIfOver();
        return speculation.next(call, cache, id, () -> step(cache, new int[] {id}, answer, true));
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

    /**
     * What follows the prompt, into the logits too if this generation samples. Where whoever made the prefill had no use
     * for something that is wanted now, the prompt's last token is fed once more.
     */
    private Prediction begin(Prefill prefill, StatePool answer) throws OrtException {
        Map<String, float[]> rows = prefill.lastRows(answer.plan().outputs(true));
        FloatBuffer known = prefill.logits();
        if (rows == null || (logits != null && known == null)) {
            int last = prefill.prompt().length - 1;
            prefill.cache().cutTo(last);
            return step(prefill.cache(), new int[] {prefill.prompt()[last]}, answer, true);
        }
        answer.plan().outputs(true).forEach(output -> answer.add(output, FloatBuffer.wrap(rows.get(output))));
        if (logits != null && known != null) { // which are the same where this call has fed the prompt itself
            logits.put(0, known, 0, known.capacity());
        }
        return prefill.next();
    }

    /** Feeds the prompt to an empty cache, which belongs to the prefill from then on. */
    Prefill prefill(KeyValueCache cache, int[] prompt, StatePool states) throws OrtException {
        for (int from = 0; ; from += CHUNK) {
            int to = Math.min(prompt.length, from + CHUNK);
            boolean atLast = to == prompt.length;
            Prediction prediction = step(cache, Arrays.copyOfRange(prompt, from, to), states, atLast);
            if (atLast) {
                return new Prefill(prompt, cache, prediction, logits, states);
            }
        }
    }

    private Prediction step(KeyValueCache cache, int[] tokens, StatePool states, boolean atLast) throws OrtException {
        throwIfOver();
        return decoder.run(
                        call,
                        cache,
                        tokens,
                        new int[] {tokens.length - 1},
                        new int[1],
                        logits,
                        states.plan().outputs(atLast),
                        states::add)
                .get(0);
    }

    /** ONNX Runtime does not heed interrupts, so a thread that is wanted elsewhere leaves between two runs. */
    private void throwIfOver() {
        call.throwIfClosed();
        context.throwIfOver(model);
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
        topTokens.add(prediction, logits);
    }
}
