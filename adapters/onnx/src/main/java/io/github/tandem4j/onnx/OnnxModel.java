package io.github.tandem4j.onnx;

import static java.util.Objects.requireNonNull;

import ai.onnxruntime.OrtException;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ChatMessage;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.WindowExceededException;
import io.github.tandem4j.onnx.gguf.GgufImport;
import io.github.tandem4j.onnx.grammar.OutputConstraint;
import io.github.tandem4j.onnx.grammar.TokenConstraint;
import io.github.tandem4j.onnx.graph.RuntimeEnvironment;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.DoubleConsumer;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A decoder and its tokenizer, without a chat around them: completes, scores and counts bare texts. {@link
 * OnnxEndpoint} is the endpoint over it.
 *
 * <p>Special tokens in a text are text. Thread-safe: generations at the same time share the weights, each with a cache
 * of its own in native memory, and are decoded together. So many calls run at once; others wait, tenants in turn, and when
 * too many wait, one is refused with a {@link io.github.tandem4j.CapacityExceededException}; see {@link
 * OnnxEndpoint.Builder#concurrency} for how many. A call that a sink makes runs in the place of the outer one; one that a
 * sink has another thread make and waits for needs a place of its own. Close the model to free the weights; calls that are
 * under way or wait then end with an {@link io.github.tandem4j.EndpointClosedException}.
 */
public final class OnnxModel implements AutoCloseable {
    private final String name;
    private final ModelDirectory directory;
    private final int window;
    private final Decoder decoder;
    private final Tokenizer tokenizer;
    private final Optional<ChatPrompt> chatPrompt;
    private final Prefills prefills;
    private final AdmissionQueue admission;
    private final DecodeBatch batch;
    private final DraftVerifier draftVerifier;
    private final ActiveCalls calls;

    private OnnxModel(
            String name, ModelParts parts, int window, int threads, PrefillStore kept, Concurrency concurrency) {
        this.name = name;
        this.directory = parts.directory();
        this.window = window;
        this.decoder = parts.decoder();
        this.tokenizer = parts.tokenizer();
        this.chatPrompt = parts.chatPrompt();
        this.prefills = new Prefills(name, directory.fingerprint(), window, decoder, tokenizer, kept);
        this.admission = new AdmissionQueue(name, concurrency.running(), concurrency.waiting());
        this.batch = new DecodeBatch(name, decoder, concurrency.together(), concurrency.bytes());
        this.draftVerifier = new DraftVerifier(directory, threads);
        this.calls = new ActiveCalls(name, this::release);
        NativeHeap.trimSoon(); // of what packing the weights took
    }

    /**
     * Opens a model on as many threads as the machine has cores.
     *
     * @param directory what {@link GgufImport} wrote, or one of Hugging Face with {@code onnx/model.onnx}
     * @return the model; close it
     * @throws ModelFileException if a file is missing, damaged, foreign or at odds with another one
     */
    public static OnnxModel open(Path directory) {
        return open(directory, PhysicalCores.count());
    }

    /**
     * Opens a model.
     *
     * @param directory what {@link GgufImport} wrote, or one of Hugging Face with {@code onnx/model.onnx}
     * @param threads how many threads compute, 1 or more
     * @return the model; close it
     * @throws ModelFileException if a file is missing, damaged, foreign or at odds with another one
     */
    public static OnnxModel open(Path directory, int threads) {
        return open(
                requireNonNull(directory, "directory").getFileName() + "",
                directory,
                null,
                threads,
                OptionalInt.empty(),
                PrefillStore.none(),
                Concurrency.usual(threads));
    }

    /**
     * Opens one of several graphs in a directory of Hugging Face, on as many threads as the machine has cores.
     *
     * @param directory with {@code onnx/model*.onnx}
     * @param variant as in {@link OnnxEndpoint.Builder#variant(String)}
     * @return the model; close it
     * @throws ModelFileException if there is no such variant, or a file is missing, damaged or at odds with another one
     */
    public static OnnxModel open(Path directory, String variant) {
        return open(directory, variant, PhysicalCores.count());
    }

    /**
     * Opens one of several graphs in a directory of Hugging Face.
     *
     * @param directory with {@code onnx/model*.onnx}
     * @param variant as in {@link OnnxEndpoint.Builder#variant(String)}
     * @param threads how many threads compute, 1 or more
     * @return the model; close it
     * @throws ModelFileException if there is no such variant, or a file is missing, damaged or at odds with another one
     */
    public static OnnxModel open(Path directory, String variant, int threads) {
        return open(
                requireNonNull(directory, "directory").getFileName() + "",
                directory,
                requireNonNull(variant, "variant"),
                threads,
                OptionalInt.empty(),
                PrefillStore.none(),
                Concurrency.usual(threads));
    }

    /**
     * @param variant null for the usual one
     * @param kept keeps prompts that were read, and is closed with the model
     */
    static OnnxModel open(
            String name,
            Path path,
            @Nullable String variant,
            int threads,
            OptionalInt window,
            PrefillStore kept,
            Concurrency concurrency) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads are " + threads + "; valid: 1 or more");
        }
        RuntimeEnvironment.prepare();
        ModelParts parts = ModelParts.open(path, variant, threads, directory -> {
            int size = window.orElse(directory.window());
            if (size < 2 || size > directory.window()) {
                throw new IllegalArgumentException(
                        "window is " + size + " tokens; valid: 2 to the model's " + directory.window());
            }
        });
        try {
            return new OnnxModel(name, parts, window.orElse(parts.directory().window()), threads, kept, concurrency);
        } catch (RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    /** {@return the window: how many tokens prompt and completion may have together} */
    public int window() {
        return window;
    }

    /**
     * Tokenises a text. Special tokens in it are text.
     *
     * @param text any text
     * @return the ids
     */
    public int[] tokenize(String text) {
        requireNonNull(text, "text");
        return withCall(CallContext.unlimited(), call -> tokenizer.encode(text));
    }

    /** The tokens of a prompt after which the model speaks; the model must have a chat template. */
    int[] tokenize(ChatPrompt chatPrompt, List<ChatMessage> messages) {
        return tokenize(chatPrompt, messages, List.of());
    }

    /** The same for a model that is told of tools. */
    int[] tokenize(ChatPrompt chatPrompt, List<ChatMessage> messages, List<ToolSpecification> tools) {
        return withCall(CallContext.unlimited(), call -> chatPrompt.encode(name, messages, tools));
    }

    /**
     * The text of tokens.
     *
     * @param ids each of the vocabulary
     * @return the text, with U+FFFD where bytes make no character
     */
    public String detokenize(int[] ids) {
        checkIds(ids);
        return tokenizer.decode(ids);
    }

    /**
     * Continues a text as it is, without a chat template.
     *
     * @param prompt not empty
     * @param decoding how
     * @return the continuation
     * @throws WindowExceededException if prompt and completion don't fit into the window
     */
    public Generation generate(String prompt, Decoding decoding) {
        return generate(prompt, decoding, CallContext.unlimited(), TokenSink.NONE);
    }

    /**
     * Continues a text as it is, without a chat template.
     *
     * @param prompt not empty
     * @param decoding how
     * @param context ends the call when it is cancelled, or between tokens when its deadline passes
     * @param sink takes the text as it comes, whole characters only
     * @return the continuation
     * @throws WindowExceededException if prompt and completion don't fit into the window
     */
    public Generation generate(String prompt, Decoding decoding, CallContext context, TokenSink sink) {
        long start = System.nanoTime();
        return generate(begun(tokenize(prompt)), decoding, context, sink, start, ReadingWish.none());
    }

    /** Behind the token that begins texts, if this model wants one. */
    private int[] begun(int[] ids) {
        if (!directory.beginsTexts() || directory.specialToken("bos_token").isEmpty()) {
            return ids;
        }
        int begin = tokenizer.idOf(directory.specialToken("bos_token").get());
        return IntStream.concat(IntStream.of(begin), IntStream.of(ids)).toArray();
    }

    /**
     * Continues a sequence of tokens.
     *
     * @param prompt ids of the vocabulary, at least one
     * @param decoding how
     * @return the continuation
     * @throws WindowExceededException if prompt and completion don't fit into the window
     */
    public Generation generate(int[] prompt, Decoding decoding) {
        return generate(prompt, decoding, CallContext.unlimited(), TokenSink.NONE);
    }

    /**
     * Continues a sequence of tokens.
     *
     * @param prompt ids of the vocabulary, at least one
     * @param decoding how
     * @param context ends the call when it is cancelled, or between tokens when its deadline passes
     * @param sink takes the text as it comes, whole characters only
     * @return the continuation
     * @throws TransientException if there is not enough native memory for it now
     * @throws WindowExceededException if prompt and completion don't fit into the window
     */
    public Generation generate(int[] prompt, Decoding decoding, CallContext context, TokenSink sink) {
        return generate(prompt.clone(), decoding, context, sink, System.nanoTime(), ReadingWish.none());
    }

    /**
     * @param prompt is kept
     * @param answer the hidden states to read while it answers
     */
    Generation generate(
            int[] prompt, Decoding decoding, CallContext context, TokenSink sink, long start, ReadingWish answer) {
        requireNonNull(decoding, "decoding");
        requireNonNull(sink, "sink");
        int limit = limit(prompt, decoding);
        checkIds(decoding.logitBias().keySet().stream().mapToInt(id -> id).toArray());
        return admitted(context, call -> {
            ReadingPlan plan = prefills.planOfAnswer(answer);
            Generator generator =
                    generator(decoding, call, context, start, false, constraint(decoding, limit, call, context));
            if (decoding.drafts()) {
                generator.draftWith(draftVerifier.decoder(decoder, call));
            }
            return prefills.answer(generator, tenant(context), prompt, limit, sink, plan);
        });
    }

    /** Reads a prompt for one who may have it answered next; told is how many of its tokens had been read before. */
    PromptReading read(int[] prompt, ReadingWish wish, CallContext context, LongConsumer cached) {
        limit(prompt, Decoding.greedy());
        return admitted(context, call -> {
            ReadingPlan plan = prefills.planOfPrompt(wish);
            return prefills.read(logits -> reader(call, context, logits), tenant(context), prompt, plan, cached);
        });
    }

    /**
     * Reads a prompt, of one that does not fit into the window its end, and keeps nothing. Waits for its turn however many
     * do: whoever reads thousands reads few at a time.
     */
    PromptReading readEnd(int[] prompt, ReadingWish wish, CallContext context) {
        requireIds(prompt);
        return in(admission.enterPatiently(context, tenant(context)), context, call -> {
            ReadingPlan plan = prefills.planOfPrompt(wish);
            return prefills.readEnd(logits -> reader(call, context, logits), prompt, plan);
        });
    }

    /** Refuses a wish for what this model does not have. */
    void requireReadable(ReadingWish wish) {
        withCall(CallContext.unlimited(), call -> prefills.planOfPrompt(wish));
    }

    private Generator reader(NativeCall call, CallContext context, boolean keepsLogits) {
        return generator(Decoding.greedy(), call, context, System.nanoTime(), keepsLogits, null);
    }

    private static String tenant(CallContext context) {
        return context.tenant().orElse(""); // which no tenant is called
    }

    /**
     * Scores a text: how likely the model holds each of its tokens after those before it. The text is cut into
     * consecutive windows, of which the first token is given and not scored; no special token is added.
     *
     * @param text any text
     * @param tokensPerWindow 2 to {@link #window()}
     * @param progress is told the done fraction, 0 to 1, from time to time
     * @return the scores
     */
    public TextScore score(String text, int tokensPerWindow, DoubleConsumer progress) {
        if (tokensPerWindow < 2 || tokensPerWindow > window) {
            throw new IllegalArgumentException("tokens per window are " + tokensPerWindow + "; valid: 2 to " + window);
        }
        int[] ids = tokenize(text);
        Scorer scorer = new Scorer(ids, tokensPerWindow);
        return admitted(CallContext.unlimited(), call -> {
            try (KeyValueCache cache = decoder.cache(window, Math.min(tokensPerWindow, ids.length + 1))) {
                while (scorer.hasNext()) {
                    scorer.next(call, decoder, cache);
                    progress.accept(scorer.done());
                }
                return scorer.score();
            }
        });
    }

    /**
     * Scores continuations of a text without generating any: how likely the model holds each of them, as for multiple
     * choice. What they have in common is computed once.
     *
     * <p>Context and continuation are tokenised together, as the model has seen text, and scored is what comes after the
     * tokens that the context alone has too. So a space belongs to the continuation whichever of the two has it; and where
     * the continuation goes on with the context's last word, that word's token is scored.
     *
     * @param context one token or more, with the one that begins texts if the model wants one
     * @param continuations none of them empty
     * @return their scores, in the same order
     * @throws WindowExceededException if one of them does not fit into the window with the context
     */
    public List<ContinuationScore> score(String context, List<String> continuations) {
        int[] alone = begun(tokenize(context));
        List<int[]> wholes = new ArrayList<>();
        for (String continuation : continuations) {
            wholes.add(begun(tokenize(context + continuation)));
        }
        return score(alone, wholes, continuations, CallContext.unlimited());
    }

    /**
     * Scores continuations of a sequence of tokens, such as a chat prompt, without generating any. They are tokenised
     * apart from it; their scores are those that a generation of the same tokens has, but for the roundings of a
     * quantised model.
     *
     * @param prompt ids of the vocabulary, at least one
     * @param continuations none of them empty
     * @param context ends the call when it is cancelled, or between runs when its deadline passes; its budgets are the
     *     endpoint's matter, see {@link OnnxEndpoint#score}
     * @return their scores, in the same order
     * @throws WindowExceededException if one of them does not fit into the window with the prompt
     */
    public List<ContinuationScore> score(int[] prompt, List<String> continuations, CallContext context) {
        List<int[]> wholes = new ArrayList<>();
        for (String continuation : continuations) {
            wholes.add(IntStream.concat(IntStream.of(prompt), IntStream.of(tokenize(continuation)))
                    .toArray());
        }
        return score(prompt.clone(), wholes, continuations, context);
    }

    private List<ContinuationScore> score(
            int[] prompt, List<int[]> wholes, List<String> continuations, CallContext context) {
        requireIds(prompt);
        if (continuations.contains("")) {
            throw new IllegalArgumentException(
                    "continuation " + continuations.indexOf("") + " is empty; valid: one character or more");
        }
        int longest = wholes.stream().mapToInt(whole -> whole.length).max().orElse(0);
        if (longest > window) {
            throw new WindowExceededException("prompt and continuation of " + longest
                    + " tokens together exceed the window of " + name + ", which is " + window + " tokens");
        }
        return admitted(context, call -> {
            try (KeyValueCache cache = decoder.cache(window, longest)) {
                ContinuationScorer scorer = new ContinuationScorer(name, decoder, call, context, cache);
                List<ContinuationScore> scores = new ArrayList<>();
                for (int i = 0; i < wholes.size(); i++) {
                    int common = Arrays.mismatch(prompt, wholes.get(i));
                    int from = common < 0 ? prompt.length : Math.max(1, common);
                    scores.add(scorer.score(continuations.get(i), wholes.get(i), from));
                }
                return List.copyOf(scores);
            }
        });
    }

    /**
     * {@return how much native memory keys and values take now: those of calls under way, those kept for calls to come, and
     * some that is idle and waits for the next call; 0 once the model is closed and its last call has ended}
     */
    public long cacheBytes() {
        return decoder.memory().liveBytes();
    }

    String name() {
        return name;
    }

    Optional<ChatPrompt> chatPrompt() {
        return chatPrompt;
    }

    /** What becomes of prompts, kept ones among them. */
    Prefills prefills() {
        return prefills;
    }

    /** Whose turn it is. */
    AdmissionQueue admission() {
        return admission;
    }

    /** What is decoded together. */
    DecodeBatch batch() {
        return batch;
    }

    /** What drafts are verified with. */
    DraftVerifier draftVerifier() {
        return draftVerifier;
    }

    /** What computes, and how much it has. */
    Decoder decoder() {
        return decoder;
    }

    /** Identifies weights and chat template. */
    String fingerprint() {
        return directory.fingerprint();
    }

    private Generator generator(
            Decoding decoding,
            NativeCall call,
            CallContext context,
            long start,
            boolean keepsLogits,
            @Nullable TokenConstraint constraint) {
        return new Generator(
                name,
                decoder,
                batch,
                tokenizer,
                directory.turnEnds(),
                decoding,
                call,
                context,
                start,
                keepsLogits,
                constraint);
    }

    private @Nullable TokenConstraint constraint(Decoding decoding, int limit, NativeCall call, CallContext context) {
        OutputConstraint constraint = decoding.constraint();
        return constraint == null
                ? null
                : tokenizer
                        .tokenVocabulary(directory.turnEnds())
                        .begin(constraint, limit, () -> call.throwIfOver(context, name));
    }

    private int limit(int[] prompt, Decoding decoding) {
        requireIds(prompt);
        int room = window - prompt.length;
        int limit = decoding.maxTokens().orElse(Math.max(1, room));
        if (limit > room) {
            throw new WindowExceededException("prompt of " + prompt.length + " tokens and a completion of up to "
                    + limit + " exceed the window of " + name + ", which is " + window + " tokens");
        }
        return limit;
    }

    private void requireIds(int[] prompt) {
        checkIds(prompt);
        if (prompt.length == 0) {
            throw new RejectedRequestException("prompt for " + name + " is empty; valid: one token or more");
        }
    }

    private void checkIds(int[] ids) {
        for (int id : ids) {
            if (id < 0 || id >= directory.vocabulary()) {
                throw new IllegalArgumentException(
                        "token id is " + id + "; valid: 0 to " + (directory.vocabulary() - 1));
            }
        }
    }

    private interface NativeWork<T> {
        T run(NativeCall call) throws OrtException;
    }

    /** In the call's turn. */
    private <T> T admitted(CallContext context, NativeWork<T> work) {
        return in(admission.enter(context, tenant(context)), context, work);
    }

    private <T> T in(AdmissionQueue.Place place, CallContext context, NativeWork<T> work) {
        try {
            return withCall(context, work);
        } finally {
            place.close();
        }
    }

    private <T> T withCall(CallContext context, NativeWork<T> work) {
        NativeCall call = calls.begin();
        Cancellation.Registration registration = context.onCancel(call::terminate);
        try {
            return work.run(call);
        } catch (OrtException e) {
            call.throwIfClosed();
            context.throwIfOver(name);
            if (OutOfNativeMemory.is(e)) { // of which other calls, when they end, give some back
                throw new TransientException(
                        name + " ran out of native memory: " + e.getMessage()
                                + "; valid: a shorter prompt, a smaller window, or fewer calls at once",
                        e);
            }
            throw new ConfigurationException(name + " failed in ONNX Runtime: " + e.getMessage(), e);
        } finally {
            registration.close();
            call.close();
        }
    }

    private void release() {
        try {
            prefills.close();
            batch.close();
            tokenizer.close();
            draftVerifier.close();
            decoder.close();
        } catch (OrtException e) {
            throw new ConfigurationException(name + " could not be closed: " + e.getMessage(), e);
        } finally {
            NativeHeap.trimSoon();
        }
    }

    /** Ends all calls and frees the weights. More than once is harmless. */
    @Override
    public void close() {
        admission.close();
        calls.close();
    }

    @Override
    public String toString() {
        return "OnnxModel[" + name + ", window " + window + "]";
    }
}
