package io.github.tandem4j.onnx;

import static java.util.Objects.requireNonNull;

import ai.onnxruntime.OrtException;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.NextToken;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.onnx.grammar.TokenConstraint;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One generation: the prompt's prefill in chunks, then a token at a time. Used once, by one thread. */
final class Generator {
    /**
     * Long enough to keep the multiplications busy: longer ones are no faster. The scores of the attention take 36 bytes
     * for each of its tokens and each in the cache, in SmolLM2, and what the runtime has once had it keeps.
     */
    private static final int CHUNK = 128;

    private final String model;
    private final Decoder decoder;
    private final DecodeBatch batch;
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
            DecodeBatch batch,
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
        this.batch = batch;
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
     * @param cache of the prompt and nothing behind it; is added to
     * @param prefill of the prompt, by this call or by another, from which this one {@linkplain #canBegin can begin}
     * @param shared how many of the prompt's tokens another call has fed
     * @param limit the longest completion
     * @param answer takes the hidden states of the answer that are wished for
     */
    Generation run(KeyValueCache cache, Prefill prefill, int shared, int limit, TokenSink sink, StatePool answer)
            throws OrtException {
        try (DecodeLane lane = batch.lane(call, cache, prefill.prompt().length + limit)) {
            return run(lane, prefill, shared, limit, sink, answer);
        }
    }

    private Generation run(DecodeLane lane, Prefill prefill, int shared, int limit, TokenSink sink, StatePool answer)
            throws OrtException {
        TextAssembler text = new TextAssembler(decoding.stops(), piece -> give(piece, sink));
        int before = prefill.prompt()[prefill.prompt().length - 1];
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
                if (text.accept(tokenizer.bytes(before, id)) || (constraint != null && constraint.isFinished())) {
                    reason = FinishReason.STOP;
                    break;
                }
                before = id;
                if (count == limit) {
                    break;
                }
                prediction = speculation == null
                        ? next(lane, id, answer)
                        : speculated(speculation, lane.cache(), id, answer);
            }
        } finally {
            if (speculation != null) {
                speculation.settle(lane.cache());
            }
        }
        if (constraint != null && constraint.isShortened()) {
            reason = FinishReason.LENGTH; // which has had a say in how the text ends
        }
        lane.home(); // so that the cache has what its next user takes it to have
        String whole = text.finish();
        return new Generation(
                whole,
                Arrays.copyOf(ids, count),
                scores(0, count),
                topTokens.alternatives(),
                reason,
                prefill.prompt().length,
                shared,
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

    /** Whether a prefill has all that an answer needs of its prompt, so that nothing of it need be fed again. */
    boolean canBegin(Prefill prefill, ReadingPlan answer) {
        return (logits == null || prefill.logits() != null) && prefill.lastRows(answer.outputs(true)) != null;
    }

    /** What follows the prompt, into the logits too if this generation needs them. */
    private Prediction begin(Prefill prefill, StatePool answer) {
        Set<String> outputs = answer.plan().outputs(true);
        Map<String, float[]> rows = requireNonNull(prefill.lastRows(outputs), "rows");
        outputs.forEach(output -> answer.add(output, FloatBuffer.wrap(rows.get(output))));
        if (logits != null) {
            FloatBuffer known = requireNonNull(prefill.logits(), "logits");
            logits.put(0, known, 0, known.capacity()); // the same ones where this call has fed the prompt itself
        }
        return prefill.next();
    }

    /**
     * Feeds what a cache does not hold yet of a prompt.
     *
     * @param cache of fewer of the prompt's first tokens than it has, and of nothing else
     * @param states takes those of the tokens that are fed
     */
    Prefill prefill(KeyValueCache cache, int[] prompt, StatePool states) throws OrtException {
        while (true) {
            int from = cache.length();
            int to = Math.min(prompt.length, from + CHUNK);
            boolean atLast = to == prompt.length;
            Prediction prediction = step(cache, Arrays.copyOfRange(prompt, from, to), states, atLast);
            if (atLast) {
                return new Prefill(prompt, prediction, logits, states);
            }
        }
    }

    /** One token more, together with whatever else decodes at the time. */
    private Prediction next(DecodeLane lane, int id, StatePool states) throws OrtException {
        throwIfOver();
        return lane.step(id, logits, states.plan().outputs(true), states::add);
    }

    /** Whether the runtime was told to end this call's run. */
    boolean isStopped() {
        return call.isTerminated();
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
