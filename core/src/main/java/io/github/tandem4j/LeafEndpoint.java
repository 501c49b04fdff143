package io.github.tandem4j;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.TokenUsage;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The base of every endpoint that calls a model. A subclass makes the bare call; this class keeps the limits around it:
 *
 * <ul>
 *   <li>refuses beforehand what the model cannot take, what the privacy label forbids and what the budgets do not cover;
 *   <li>reserves the worst case on every budget and settles what was used: the whole answer, of one that broke off what had
 *       been said by then, and of a call that failed before its first token nothing;
 *   <li>ends the call when it is cancelled or its deadline passes, by {@link CallContext#onCancel} and by an interrupt;
 *   <li>measures, prices and traces it, tells the listeners, and reports failures in Tandem's terms.
 * </ul>
 */
public abstract class LeafEndpoint implements ModelEndpoint {

    private final String id;
    private final ModelProfile profile;

    /** An endpoint of this name and profile; the name must not be blank. */
    protected LeafEndpoint(String id, ModelProfile profile) {
        if (id.isBlank()) {
            throw new IllegalArgumentException("an endpoint's id is blank; valid is a name such as smollm2");
        }
        this.id = id;
        this.profile = Objects.requireNonNull(profile, "profile");
    }

    /**
     * Calls the model, on the caller's thread. The call must end soon after the context is cancelled, for which an
     * action on {@link CallContext#onCancel} or an interrupt of the thread serves; what it then throws or returns does
     * not matter.
     *
     * @param chat the request; its longest completion may have been lowered to what the budgets cover
     * @param context the limits; its cancellation includes the deadline
     * @param tokens takes the text as it comes; one that does not stream may leave it alone
     * @return the answer, with its token usage if the model reports it
     * @throws Exception whatever the call throws; a {@link TandemException} passes as it is, LangChain4j's exceptions
     *     are told in Tandem's terms, and anything else becomes a {@link ConfigurationException}
     */
    protected abstract Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) throws Exception;

    /**
     * Calls the model like {@link #complete(ChatRequest, CallContext, TokenSink)}, which it does by default, knowing what
     * the request tells beyond its words. An endpoint overrides this one too if its replies can carry evidence that is only
     * given when it is asked for.
     *
     * @param told the request's evidence
     * @throws Exception as the other method does
     */
    protected Completion complete(ChatRequest chat, Evidence told, CallContext context, TokenSink tokens)
            throws Exception {
        return complete(chat, context, tokens);
    }

    /** Counts a prompt's tokens; by default an estimate, see {@link TokenCount#estimate(ChatRequest)}. */
    protected TokenCount countTokens(ChatRequest chat) {
        return TokenCount.estimate(chat);
    }

    /**
     * Gives {@link EvidenceKey#PROMPT_TOKENS}; a subclass that has more to give asks this for the rest.
     *
     * @throws ConfigurationException if the prompt could not be counted
     */
    @Override
    public <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
        return key == (Object) EvidenceKey.PROMPT_TOKENS
                ? Optional.of(key.type().cast(counted(request.chat())))
                : Optional.empty();
    }

    /**
     * {@return why this model cannot take the request, beyond what its profile tells; by default nothing}
     *
     * <p>Asked last, after the limits of the call.
     */
    protected Optional<TandemException> refusalByModel(Request request) {
        return Optional.empty();
    }

    /**
     * {@return what the call cost; by default what was measured: the tokens that the model reported or an estimate of
     * them, at the profile's price, and the time by the clock}
     *
     * <p>A model that is told what its call cost, or how long it took, says it here.
     */
    protected EndpointCost costOf(Completion completion, EndpointCost measured) {
        return measured;
    }

    /**
     * Reads a prompt without an answer, at this endpoint's price: unless that is nothing, the prompt's tokens are reserved on
     * every budget of the request, and settled when the reading is done; what fails costs nothing.
     *
     * @param promptTokens how many are read
     * @param reading reads, and says how many of these came out of a cache
     * @throws BudgetExceededException if a budget does not cover them
     */
    protected final <T> T metered(Request request, long promptTokens, Function<LongConsumer, T> reading) {
        CallContext context = request.context();
        Price price = profile.price().orElse(null);
        if (price == null
                || price.perMillionInputTokens().signum() == 0
                || context.budgets().isEmpty()) {
            return reading.apply(cached -> {});
        }
        Usd worstCase = price.of(promptTokens, 0);
        String missing = Admission.reserve(context, worstCase, promptTokens);
        if (missing != null) {
            throw new BudgetExceededException("reading of a prompt by " + id + " " + missing);
        }
        long[] cached = {0};
        Usd used = Usd.ZERO;
        long usedTokens = 0;
        try {
            T read = reading.apply(tokens -> cached[0] = Math.max(0, Math.min(promptTokens, tokens)));
            used = price.of(promptTokens, 0, cached[0]);
            usedTokens = promptTokens;
            return read;
        } finally {
            Admission.settle(context, worstCase, promptTokens, used, usedTokens);
        }
    }

    /**
     * Makes a call that gives no answer, such as to score texts, under the limits of one that does: refuses what the label
     * forbids, reserves its tokens on every budget and settles them when it is done, and ends it when it is cancelled or its
     * deadline passes. What fails costs nothing.
     *
     * @param what it is, in words, for who is refused
     * @param context the limits
     * @param tokens how many it reads
     * @param call makes it; is given a context whose cancellation includes the deadline
     * @return what the call gives
     * @throws BudgetExceededException if a budget does not cover the tokens, or their price is not known and money is limited
     */
    protected final <T> T limited(String what, CallContext context, long tokens, Function<CallContext, T> call) {
        Admission.refusal(id, profile, context).ifPresent(refusal -> {
            throw refusal;
        });
        Price price = Admission.priceUnder(id, profile, context);
        Usd worstCase = price == null ? Usd.ZERO : price.of(tokens, 0);
        String missing = Admission.reserve(context, worstCase, tokens);
        if (missing != null) {
            throw new BudgetExceededException(what + " by " + id + " " + missing);
        }
        boolean done = false;
        try (Guard guard = Guard.around(context)) {
            guard.throwIfFired(id);
            try {
                T result = call.apply(guard.context(context));
                done = true;
                return result;
            } catch (RuntimeException e) {
                guard.throwIfFired(id);
                throw e;
            }
        } finally {
            Admission.settle(context, worstCase, tokens, done ? worstCase : Usd.ZERO, done ? tokens : 0);
        }
    }

    @Override
    public final String id() {
        return id;
    }

    @Override
    public final ModelProfile profile() {
        return profile;
    }

    @Override
    public final Optional<TandemException> refusal(Request request) {
        try {
            Optional<TandemException> refusal = Admission.refusal(id, profile, request, this::counted);
            if (refusal.isEmpty()) {
                String missing =
                        Admission.plan(id, profile, request, this::counted).missing(request.context());
                return missing == null ? refusalByModel(request) : Optional.of(lacking(missing));
            }
            return refusal;
        } catch (TandemException e) {
            return Optional.of(e);
        }
    }

    @Override
    public final Reply answer(Request request, TokenSink tokens) {
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(tokens, "tokens");
        List<CallListener> listeners = request.context().listeners();
        Attempt attempt = new Attempt(request, new StreamedText(id, request.context(), tokens));
        Listeners.tell(listeners, listener -> listener.onStart(id, request));
        try {
            Reply reply = attempt.reply();
            Listeners.tell(listeners, listener -> listener.onReply(id, reply));
            return reply;
        } catch (RuntimeException e) {
            TandemException failure = Failures.inTandemsTerms(id, e);
            failure.heardAs(attempt.streamed.heard());
            failure.tracedAs(Trace.failed(id, "model", failure, attempt.time()).costing(attempt.cost));
            Listeners.tell(listeners, listener -> listener.onError(id, failure));
            throw failure;
        } finally {
            attempt.streamed.end();
        }
    }

    private BudgetExceededException lacking(String missing) {
        return new BudgetExceededException("call of " + id + " " + missing);
    }

    private TokenCount counted(ChatRequest chat) {
        try {
            return Objects.requireNonNull(countTokens(chat), "count");
        } catch (TandemException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new ConfigurationException("tokens of a prompt to " + id + " could not be counted: " + e, e);
        }
    }

    /** One call, from its admission to its reply or failure. */
    private final class Attempt {

        private final Request request;
        private final CallContext context;
        private final StreamedText streamed;
        private final long start = System.nanoTime();
        private Cost cost = Cost.NONE;

        Attempt(Request request, StreamedText streamed) {
            this.request = request;
            context = request.context();
            this.streamed = streamed;
        }

        Duration time() {
            return Duration.ofNanos(System.nanoTime() - start);
        }

        Reply reply() {
            Admission.refusal(id, profile, request, LeafEndpoint.this::counted).ifPresent(refusal -> {
                throw refusal;
            });
            refusalByModel(request).ifPresent(refusal -> {
                throw refusal;
            });
            Admission plan = reserve();
            try {
                return call(plan);
            } finally {
                plan.settle(context, cost.usd(), cost.tokens());
            }
        }

        /** What one call may use may change between planning and reserving, when other threads share the budget. */
        private Admission reserve() {
            while (true) {
                Admission plan = Admission.plan(id, profile, request, LeafEndpoint.this::counted);
                String missing = plan.reserve(context);
                if (missing == null) {
                    return plan;
                }
                if (!plan.isCapped()) {
                    throw lacking(missing);
                }
            }
        }

        private Reply call(Admission plan) {
            try (Guard guard = Guard.around(context)) {
                guard.throwIfFired(id);
                Completion completion = complete(plan.chat(), guard);
                EndpointCost measured = costOf(plan.chat(), completion, time());
                cost = new Cost(List.of(measured));
                cost = new Cost(List.of(told(completion, measured)));
                guard.throwIfFired(id);
                streamed.throwIfSinkThrew();
                streamed.finish(completion.response());
                return replyOf(completion);
            }
        }

        private Completion complete(ChatRequest chat, Guard guard) {
            try {
                Completion completion =
                        LeafEndpoint.this.complete(chat, request.evidence(), guard.context(context), streamed.sink());
                if (completion == null) {
                    throw new ConfigurationException("model of " + id + " returned null; valid is a completion");
                }
                return completion;
            } catch (Exception e) {
                cost = costOfPart(chat);
                guard.throwIfFired(id);
                streamed.throwIfSinkThrew();
                throw Failures.inTandemsTerms(id, e);
            }
        }

        /** What broke off after the model had spoken was worked for, and is billed. What was never said is not known. */
        private Cost costOfPart(ChatRequest chat) {
            if (!streamed.wasSaid()) {
                return Cost.NONE;
            }
            TokenCount prompt = countedOrEstimated(chat);
            // A model that said more than was asked for is not paid for that: no more than the longest was reserved.
            Long longest = Admission.longestCompletion(profile, chat, prompt);
            long output = Math.min(streamed.saidTokens(), longest == null ? Long.MAX_VALUE : longest);
            return new Cost(List.of(costOf(prompt.tokens(), 0, output, time())));
        }

        private Reply replyOf(Completion completion) {
            Confidence confidence = completion
                    .evidence()
                    .get(EvidenceKey.TOKEN_SCORES)
                    .filter(scores -> scores.size() > 0)
                    .map(scores -> Confidence.rawScore(Math.exp(scores.meanLogProbability()), "mean token probability"))
                    .orElseGet(Confidence::unknown);
            Trace trace = new Trace(
                    id, "model", "", Trace.Outcome.ANSWERED, null, confidence, List.of(), cost, cost.time(), List.of());
            return new Reply(completion.response(), id, confidence, completion.evidence(), cost, trace);
        }
    }

    private EndpointCost told(Completion completion, EndpointCost measured) {
        EndpointCost told = costOf(completion, measured);
        if (told == null || !told.endpoint().equals(id)) {
            throw new ConfigurationException("cost of a call of " + id + " is told as "
                    + (told == null ? "null" : "one of " + told.endpoint()) + "; valid is one of " + id);
        }
        return told;
    }

    private EndpointCost costOf(ChatRequest chat, Completion completion, Duration time) {
        ChatResponse response = completion.response();
        TokenUsage usage = response.tokenUsage();
        long input = tokensOr(
                usage == null ? null : usage.inputTokenCount(),
                () -> countedOrEstimated(chat).tokens());
        long output = tokensOr(
                usage == null ? null : usage.outputTokenCount(),
                () -> TokenCount.ofMessage(response.aiMessage()).tokens());
        long cached = completion.evidence().get(EvidenceKey.CACHED_INPUT_TOKENS).orElse(0L);
        return costOf(input, Math.max(0, Math.min(cached, input)), output, time);
    }

    private EndpointCost costOf(long input, long cached, long output, Duration time) {
        Price price = profile.price().orElse(null);
        return new EndpointCost(
                id,
                1,
                price == null ? 1 : 0,
                price == null ? Usd.ZERO : price.of(input, output, cached),
                input,
                output,
                time);
    }

    /** The answer is there and has its price: a tokenizer that fails now must not lose it. */
    private TokenCount countedOrEstimated(ChatRequest chat) {
        try {
            return counted(chat);
        } catch (TandemException e) {
            return TokenCount.estimate(chat);
        }
    }

    private static long tokensOr(@Nullable Integer reported, LongSupplier estimate) {
        return reported == null || reported < 0 ? estimate.getAsLong() : reported;
    }

    @Override
    public String toString() {
        return id + " (" + profile + ")";
    }
}
