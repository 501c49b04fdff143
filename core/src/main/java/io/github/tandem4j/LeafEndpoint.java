package io.github.tandem4j;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.TokenUsage;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The base of every endpoint that calls a model. A subclass makes the bare call; this class keeps the limits around it:
 *
 * <ul>
 *   <li>refuses beforehand what the model cannot take, what the privacy label forbids and what the budgets do not cover;
 *   <li>reserves the worst case on every budget and settles what was used, or gives it all back if the call fails;
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

    /** Counts a prompt's tokens; by default an estimate, see {@link TokenCount#estimate(ChatRequest)}. */
    protected TokenCount countTokens(ChatRequest chat) {
        return TokenCount.estimate(chat);
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
        Optional<TandemException> refusal = Admission.refusal(id, profile, request, this::countTokens);
        if (refusal.isEmpty() && !request.context().budgets().isEmpty()) {
            try {
                Admission plan = Admission.plan(id, profile, request, this::countTokens);
                String missing = plan.reserve(request.context());
                if (missing != null) {
                    return Optional.of(new BudgetExceededException("call of " + id + " " + missing));
                }
                plan.settle(request.context(), Usd.ZERO, 0);
            } catch (TandemException e) {
                return Optional.of(e);
            }
        }
        return refusal;
    }

    @Override
    public final Reply answer(Request request, TokenSink tokens) {
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(tokens, "tokens");
        CallContext context = request.context();
        long start = System.nanoTime();
        Listeners.tell(context.listeners(), listener -> listener.onStart(id, request));
        try {
            Admission.refusal(id, profile, request, this::countTokens).ifPresent(refusal -> {
                throw refusal;
            });
            Reply reply = call(request, reserve(request), tokens, start);
            Listeners.tell(context.listeners(), listener -> listener.onReply(id, reply));
            return reply;
        } catch (TandemException e) {
            if (e.trace().isEmpty()) {
                e.tracedAs(Trace.failed(id, "model", e, since(start)));
            }
            Listeners.tell(context.listeners(), listener -> listener.onError(id, e));
            throw e;
        }
    }

    /** What one call may use may change between planning and reserving, when other threads share the budget. */
    private Admission reserve(Request request) {
        while (true) {
            Admission plan = Admission.plan(id, profile, request, this::countTokens);
            String missing = plan.reserve(request.context());
            if (missing == null) {
                return plan;
            }
            if (!plan.isCapped()) {
                throw new BudgetExceededException("call of " + id + " " + missing);
            }
        }
    }

    private Reply call(Request request, Admission plan, TokenSink tokens, long start) {
        CallContext context = request.context();
        boolean settled = false;
        try (Guard guard = Guard.around(context)) {
            StreamedText streamed = new StreamedText(id, tokens);
            Completion completion = completeOrThrow(plan.chat(), guard, context, streamed);
            Cost cost = cost(plan.chat(), completion.response(), since(start));
            settled = true;
            plan.settle(context, cost.usd(), cost.tokens());
            try {
                guard.throwIfFired(id);
            } catch (TandemException e) {
                e.tracedAs(Trace.failed(id, "model", e, since(start)).costing(cost));
                throw e;
            }
            streamed.finish(completion.response());
            Confidence confidence = completion
                    .evidence()
                    .get(EvidenceKey.TOKEN_SCORES)
                    .filter(scores -> scores.size() > 0)
                    .map(scores -> Confidence.rawScore(Math.exp(scores.meanLogProbability()), "mean token probability"))
                    .orElseGet(Confidence::unknown);
            Trace trace = new Trace(
                    id,
                    "model",
                    "",
                    Trace.Outcome.ANSWERED,
                    null,
                    confidence,
                    List.of(),
                    cost,
                    since(start),
                    List.of());
            return new Reply(completion.response(), id, confidence, completion.evidence(), cost, trace);
        } finally {
            if (!settled) {
                plan.settle(context, Usd.ZERO, 0);
            }
        }
    }

    private Completion completeOrThrow(ChatRequest chat, Guard guard, CallContext context, StreamedText streamed) {
        try {
            Completion completion = complete(chat, guard.context(context), streamed.sink());
            if (completion == null) {
                throw new ConfigurationException("model of " + id + " returned null; valid is a completion");
            }
            return completion;
        } catch (Exception e) {
            guard.throwIfFired(id);
            throw Failures.inTandemsTerms(id, e);
        }
    }

    private Cost cost(ChatRequest chat, ChatResponse response, Duration time) {
        TokenUsage usage = response.tokenUsage();
        long input = tokensOr(
                usage == null ? null : usage.inputTokenCount(),
                () -> countTokens(chat).tokens());
        long output = tokensOr(
                usage == null ? null : usage.outputTokenCount(),
                () -> TokenCount.estimate(
                                response.aiMessage().text() == null
                                        ? ""
                                        : response.aiMessage().text())
                        .tokens());
        Price price = profile.price().orElse(null);
        return new Cost(List.of(new EndpointCost(
                id,
                1,
                price == null ? 1 : 0,
                price == null ? Usd.ZERO : price.of(input, output),
                input,
                output,
                time)));
    }

    private static long tokensOr(@Nullable Integer reported, java.util.function.LongSupplier estimate) {
        return reported == null || reported < 0 ? estimate.getAsLong() : reported;
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    @Override
    public String toString() {
        return id + " (" + profile + ")";
    }
}
