package io.github.tandem4j.onnx;

import static java.util.Objects.requireNonNull;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.LeafEndpoint;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.gguf.GgufImport;
import io.github.tandem4j.onnx.grammar.OutputConstraint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * An instruct model in this JVM, as an endpoint.
 *
 * <pre>{@code
 * try (OnnxEndpoint small = OnnxEndpoint.open(Path.of("smollm2"))) {
 *     small.answer("In which year did Apollo 11 land?").text();
 * }
 * }</pre>
 *
 * <p>A request's JSON response format is enforced while the answer is decoded, with the schema that it names or any object
 * without, and so are the parameters of its tools if the model's chat template knows tools; see {@link OutputConstraint}
 * for what of a schema can be. The text of an answer to a request with tools is given out when it is whole.
 *
 * <p>A conversation's next turn is computed from where the last one ended: keys and values are kept for a while, for each
 * tenant apart; see {@link Builder#keepPrefills}.
 *
 * <p>Scores the tokens of its answers ({@link EvidenceKey#TOKEN_SCORES}), keeps the likeliest ones beside them if its
 * {@linkplain Decoding#alternatives decoding} says so ({@link EvidenceKey#TOKEN_ALTERNATIVES}), and says how it takes a prompt ({@link
 * EvidenceKey#NEXT_TOKEN}), with the answer or, for a prefill, without one. Thread-safe: calls at the same time share
 * the weights and are decoded together; so many run at once, others wait, and too many are refused with a {@link
 * io.github.tandem4j.CapacityExceededException}. Close it to free the weights; calls under way or waiting then end with an {@link
 * io.github.tandem4j.EndpointClosedException}.
 */
public final class OnnxEndpoint extends LeafEndpoint implements AutoCloseable {
    private final OnnxModel model;
    private final ChatPrompt chatPrompt;
    private final AnswerForm form;
    private final Decoding decoding;
    private final ReadingWish wish;
    private final LastPrompt lastPrompt = new LastPrompt();

    private OnnxEndpoint(
            OnnxModel model, ChatPrompt chatPrompt, ModelProfile profile, Decoding decoding, ReadingWish wish) {
        super(model.name(), profile);
        this.model = model;
        this.chatPrompt = chatPrompt;
        this.form = new AnswerForm(chatPrompt.toolDialect());
        this.decoding = decoding;
        this.wish = wish;
    }

    /**
     * Opens a model with the builder's defaults.
     *
     * @param directory what {@link GgufImport} wrote, or one of Hugging Face with {@code onnx/model.onnx}
     * @return the endpoint; close it
     * @throws ModelFileException if a file is missing, damaged, foreign or at odds with another one
     */
    public static OnnxEndpoint open(Path directory) {
        return builder(directory).open();
    }

    /**
     * Begins to describe an endpoint.
     *
     * @param directory what {@link GgufImport} wrote, or one of Hugging Face with {@code onnx/model.onnx}
     * @return the builder
     */
    public static Builder builder(Path directory) {
        return new Builder(directory);
    }

    /** {@return the model without the chat around it, which this endpoint closes} */
    public OnnxModel model() {
        return model;
    }

    /**
     * The prompt that the model reads for these messages: its chat template's text, as tokens.
     *
     * @param messages one or more
     * @return the ids, for {@link OnnxModel#generate(int[], Decoding, CallContext, TokenSink)}
     */
    public int[] promptOf(List<ChatMessage> messages) {
        return model.tokenize(chatPrompt, messages);
    }

    /**
     * How likely the model holds each of several answers to these messages, with nothing generated: to choose among
     * labels, say. The prompt is computed once.
     *
     * @param messages one or more
     * @param answers none of them empty
     * @param context the limits of the call: when it is cancelled or its deadline passes, it ends; and the tokens of prompt
     *     and answers are reserved on its budgets, at this endpoint's price, and settled when all are scored
     * @return the scores, in the same order
     * @throws io.github.tandem4j.WindowExceededException if an answer does not fit into the window with the prompt
     * @throws io.github.tandem4j.BudgetExceededException if a budget does not cover the tokens
     * @throws io.github.tandem4j.CapacityExceededException if too many calls wait already
     */
    public List<ContinuationScore> score(List<ChatMessage> messages, List<String> answers, CallContext context) {
        int[] prompt = promptOf(messages);
        long tokens = prompt.length;
        for (String answer : answers) {
            tokens += model.tokenize(answer).length;
        }
        return limited("scoring of answers", context, tokens, limits -> model.score(prompt, answers, limits));
    }

    @Override
    protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
        return complete(chat, Evidence.none(), context, tokens);
    }

    @Override
    protected Completion complete(ChatRequest chat, Evidence told, CallContext context, TokenSink tokens) {
        long start = System.nanoTime();
        int[] prompt = lastPrompt.take(chat, this::promptOf);
        Decoding how = decodingOf(chat, prompt.length);
        boolean mayCallTools = form.mayCallTools(chat);
        Optional<ReadingWish> answerWish = told.get(EvidenceKey.ANSWER_READING_WISH);
        // Which part of a text is a call is known at its end, when what is no call is given out.
        TokenSink sink = mayCallTools ? TokenSink.NONE : tokens;
        Generation generation =
                model.generate(prompt, how, context, sink, start, answerWish.orElse(ReadingWish.none()));
        AiMessage answer = form.messageOf(chat, generation.text());
        ChatResponse response = ChatResponse.builder()
                .aiMessage(answer)
                .modelName(id())
                .finishReason(
                        answer.hasToolExecutionRequests() ? FinishReason.TOOL_EXECUTION : generation.finishReason())
                .tokenUsage(new TokenUsage(
                        generation.promptTokens(), generation.scores().size()))
                .build();
        Evidence evidence = Evidence.of(EvidenceKey.TOKEN_SCORES, generation.scores())
                .with(EvidenceKey.NEXT_TOKEN, generation.afterPrompt());
        if (generation.alternatives().size() > 0) {
            evidence = evidence.with(EvidenceKey.TOKEN_ALTERNATIVES, generation.alternatives());
        }
        if (generation.sharedPromptTokens() > 0) {
            evidence = evidence.with(EvidenceKey.CACHED_INPUT_TOKENS, (long) generation.sharedPromptTokens());
        }
        if (answerWish.isPresent()) {
            evidence = evidence.with(EvidenceKey.ANSWER_READING, generation.states())
                    .with(EvidenceKey.READER, reader());
        }
        return new Completion(response, evidence);
    }

    /** The request's wishes, and the endpoint's own where it has none. */
    private Decoding decodingOf(ChatRequest chat, int promptTokens) {
        Decoding how;
        try {
            how = choosingOf(chat);
        } catch (IllegalArgumentException e) {
            throw new RejectedRequestException(id() + ": " + e.getMessage(), e);
        }
        int room = Math.max(1, model.window() - promptTokens);
        return chat.maxOutputTokens() == null
                ? how.maxTokens(Math.min(room, how.maxTokens().orElse(room)))
                : how;
    }

    private Decoding choosingOf(ChatRequest chat) {
        Decoding how = decoding;
        if (chat.temperature() != null) {
            how = how.temperature(chat.temperature());
        }
        if (chat.topP() != null) {
            how = how.topP(chat.topP());
        }
        if (chat.topK() != null) {
            how = how.topK(chat.topK());
        }
        if (chat.presencePenalty() != null) {
            how = how.presencePenalty(chat.presencePenalty());
        }
        if (chat.frequencyPenalty() != null) {
            how = how.frequencyPenalty(chat.frequencyPenalty());
        }
        if (!chat.stopSequences().isEmpty()) {
            how = how.stopAt(chat.stopSequences());
        }
        if (chat.maxOutputTokens() != null) {
            how = how.maxTokens(chat.maxOutputTokens());
        }
        OutputConstraint constraint = form.constraintOf(chat);
        return constraint == null ? how : how.constrainedTo(constraint);
    }

    private int[] promptOf(ChatRequest chat) {
        return model.tokenize(chatPrompt, chat.messages(), form.toolsOf(chat));
    }

    /** A schema that cannot be enforced is refused before a call. */
    @Override
    protected Optional<TandemException> refusalByModel(Request request) {
        try {
            form.constraintOf(request.chat());
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(new RejectedRequestException(id() + ": " + e.getMessage(), e));
        }
    }

    @Override
    protected TokenCount countTokens(ChatRequest chat) {
        try {
            return TokenCount.exactly(lastPrompt.peek(chat, this::promptOf).length);
        } catch (RejectedRequestException e) {
            return TokenCount.estimate(chat); // the call itself says what is wrong with the messages
        }
    }

    /**
     * {@link EvidenceKey#PROMPT_READING} or {@link EvidenceKey#NEXT_TOKEN} from one prefill, if this endpoint would take
     * the request; other evidence as any model gives it. What was read is kept for a while: an answer to the same prompt,
     * on behalf of the same tenant, takes it over, and says so by {@link EvidenceKey#CACHED_INPUT_TOKENS}. A reading takes
     * over what was read or answered before, too, unless a mean over all tokens is wished for. Where tokens have a price
     * here, those of a reading are paid for by the request's budgets, and so is what is taken over, at the price of cached
     * ones.
     *
     * @throws RejectedRequestException if the request wishes for what this model does not have
     */
    @Override
    public <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
        requireNonNull(request, "request");
        if (key == EvidenceKey.READER) {
            return Optional.of(key.type().cast(reader()));
        }
        boolean isReading = key == EvidenceKey.PROMPT_READING;
        if (!isReading && key != EvidenceKey.NEXT_TOKEN) {
            return super.evidence(key, request);
        }
        if (refusal(request).isPresent()) {
            return Optional.empty();
        }
        ReadingWish wished = isReading
                ? request.evidence().get(EvidenceKey.PROMPT_READING_WISH).orElse(wish)
                : ReadingWish.none();
        int[] prompt = lastPrompt.take(request.chat(), this::promptOf);
        PromptReading reading =
                metered(request, prompt.length, cached -> model.read(prompt, wished, request.context(), cached));
        return Optional.of(key.type().cast(isReading ? reading : reading.nextToken()));
    }

    /** {@return what a {@link EvidenceKey#PROMPT_READING} has if a request does not say} */
    public ReadingWish readingWish() {
        return wish;
    }

    /** {@return what identifies weights and chat template in a {@link PromptReading}, 64 hexadecimal digits} */
    public String reader() {
        return model.fingerprint();
    }

    /** Ends all calls and frees the weights. More than once is harmless. */
    @Override
    public void close() {
        model.close();
    }

    /**
     * Describes an endpoint.
     *
     * <ul>
     *   <li>id: the directory's name
     *   <li>variant: of several graphs the first in the order fp32, fp16, q8, int8, uint8, q4, q4f16, bnb4
     *   <li>threads: as many as the machine has cores
     *   <li>window: the one that the model was trained with
     *   <li>decoding: greedy, at most 512 tokens; what a request says for itself comes first
     *   <li>price: free
     *   <li>reading: the hidden states that enter the layers at a third, a half, 0.7 and five sixths of the depth, last and
     *       mean, the last one behind all layers, and the next tokens A to D with and without a space
     *   <li>kept prefills: 8, of 256 MB together, for ten minutes
     *   <li>concurrency: 4 calls run, or as many as keep the cores busy if that is more, and 64 wait
     *   <li>batching: 8 generations are decoded together, in 256 MB
     * </ul>
     */
    public static final class Builder {
        private final Path directory;
        private String id;
        private @Nullable String variant;
        private int threads = PhysicalCores.count();
        private OptionalInt window = OptionalInt.empty();
        private Decoding decoding = Decoding.greedy().maxTokens(512);
        private Price price = Price.FREE;
        private @Nullable ReadingWish reading;
        private int prefills = 8;
        private long prefillBytes = 256_000_000;
        private Duration prefillAge = Duration.ofMinutes(10);
        private @Nullable Concurrency concurrency;
        private @Nullable Concurrency batching;

        private Builder(Path directory) {
            this.directory = requireNonNull(directory, "directory");
            this.id = directory.toAbsolutePath().normalize().getFileName() + "";
        }

        /**
         * Names the endpoint in traces, costs and errors.
         *
         * @param id not blank
         * @return this
         */
        public Builder id(String id) {
            this.id = requireNonNull(id, "id");
            return this;
        }

        /**
         * Chooses one of several graphs in a directory of Hugging Face, which differ in how weights are kept. They are named
         * as in transformers.js: {@code fp32} is {@code model.onnx}, {@code q8} is {@code model_quantized.onnx}, and
         * {@code fp16}, {@code int8}, {@code uint8}, {@code q4}, {@code q4f16} and {@code bnb4} are what stands behind {@code
         * model_}. A file of another name is named by it, without {@code .onnx}.
         *
         * @param variant one of them
         * @return this
         */
        public Builder variant(String variant) {
            this.variant = requireNonNull(variant, "variant");
            return this;
        }

        /**
         * Sets how many threads compute, besides the caller's nothing else; calls at the same time share them.
         *
         * @param threads 1 or more
         * @return this
         */
        public Builder threads(int threads) {
            this.threads = threads;
            return this;
        }

        /**
         * Bounds prompt and completion together, and with them the memory of a call.
         *
         * @param tokens 2 to the window that the model was trained with
         * @return this
         */
        public Builder window(int tokens) {
            this.window = OptionalInt.of(tokens);
            return this;
        }

        /**
         * Sets how tokens are chosen where a request does not say.
         *
         * @param decoding its longest completion is shortened to what the window leaves
         * @return this
         */
        public Builder decoding(Decoding decoding) {
            this.decoding = requireNonNull(decoding, "decoding");
            return this;
        }

        /**
         * Prices the machine's time.
         *
         * @param price of a million tokens
         * @return this
         */
        public Builder price(Price price) {
            this.price = requireNonNull(price, "price");
            return this;
        }

        /**
         * Sets what a {@link EvidenceKey#PROMPT_READING} has where a request does not say.
         *
         * @param wish what {@link #open()} refuses if the model does not have it
         * @return this
         */
        public Builder reading(ReadingWish wish) {
            this.reading = requireNonNull(wish, "wish");
            return this;
        }

        /**
         * Sets how many sequences of tokens are kept as keys and values, so that what a call has in common with an earlier
         * one of its tenant is not computed again: a conversation's turns before, a system prompt, a prompt that was read.
         * What is too old is freed; where there is no room, the tenant that holds the most loses its oldest first. Each
         * takes, of SmolLM2, 46 KB a token, and is seen by its own tenant alone; one that by itself takes more than the bytes
         * is not kept.
         *
         * <p>A quantised model's numbers depend a little on how many tokens are computed at once, so that two likely
         * tokens may change places where a prompt is taken over: whoever needs the same answer each time keeps none.
         *
         * @param most 0 or more; 0 keeps none
         * @param bytes of native memory, of all together, 0 or more
         * @param age how long each is kept after it was last used, above zero
         * @return this
         */
        public Builder keepPrefills(int most, long bytes, Duration age) {
            if (most < 0 || bytes < 0 || age.isNegative() || age.isZero()) {
                throw new IllegalArgumentException("kept prefills are " + most + " of " + bytes + " bytes for " + age
                        + "; valid: 0 or more of 0 bytes or more for a time above zero");
            }
            this.prefills = most;
            this.prefillBytes = bytes;
            this.prefillAge = age;
            return this;
        }

        /**
         * Bounds the calls at the same time: answers, readings and scorings. Each that runs has a cache of its own; those that
         * wait have none yet. Tenants take turns, and a tenant's calls come in their order. When all places to wait are taken,
         * a call is refused with a {@link io.github.tandem4j.CapacityExceededException}: the newest of the tenant that has the most
         * waiting. A call that waits ends when it is cancelled, when its deadline passes and when the model is closed.
         *
         * @param running how many run at once, 1 or more
         * @param waiting how many more may wait, 0 or more
         * @return this
         */
        public Builder concurrency(int running, int waiting) {
            this.concurrency = new Concurrency(running, waiting, 1, 0);
            return this;
        }

        /**
         * Bounds how many generations are decoded together, a token of each in one run. Four of SmolLM2 take less than half of
         * the time that one after the other takes, with one thread as with two. Those in a batch have their caches twice
         * meanwhile; what does not fit is decoded on its own.
         *
         * @param generations 1 or more; 1 decodes each on its own
         * @param bytes of native memory for the batch, 0 or more
         * @return this
         */
        public Builder batching(int generations, long bytes) {
            this.batching = new Concurrency(1, 0, generations, bytes);
            return this;
        }

        private Concurrency concurrency() {
            Concurrency usual = Concurrency.usual(threads);
            Concurrency calls = concurrency == null ? usual : concurrency;
            Concurrency together = batching == null ? usual : batching;
            return new Concurrency(calls.running(), calls.waiting(), together.together(), together.bytes());
        }

        /**
         * Opens the model.
         *
         * @return the endpoint; close it
         * @throws ModelFileException if a file is missing, damaged, foreign or at odds with another one
         */
        public OnnxEndpoint open() {
            PrefillStore store =
                    new PrefillStore(prefills, prefillBytes, nanos(prefillAge), System::nanoTime, Sweeper.TIMER);
            OnnxModel model = OnnxModel.open(id, directory, variant, threads, window, store, concurrency());
            try {
                ChatPrompt chatPrompt = model.chatPrompt()
                        .orElseThrow(() -> new ModelFileException(directory.resolve(ModelFiles.TOKENIZER_CONFIG)
                                + " has no chat_template; valid: an instruct model's, or use OnnxModel"));
                ModelProfile.Builder profile = ModelProfile.local()
                        .provider("onnx")
                        .price(price)
                        .contextWindow(model.window())
                        .can(ModelCapability.TOKEN_SCORES, ModelCapability.JSON_SCHEMA);
                if (chatPrompt.toolDialect().isPresent()) {
                    profile.can(ModelCapability.TOOLS);
                }
                decoding.maxTokens().ifPresent(tokens -> profile.maxOutputTokens(Math.min(tokens, model.window())));
                ReadingWish wish = reading == null ? model.prefills().usualWish() : reading;
                model.requireReadable(wish);
                return new OnnxEndpoint(model, chatPrompt, profile.build(), decoding, wish);
            } catch (RuntimeException | Error e) {
                model.close();
                throw e;
            }
        }

        private static long nanos(Duration age) {
            try {
                return age.toNanos();
            } catch (ArithmeticException e) {
                return Long.MAX_VALUE; // some 300 years
            }
        }
    }
}
