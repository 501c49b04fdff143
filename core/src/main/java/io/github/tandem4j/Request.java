package io.github.tandem4j;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * A question with its limits: a LangChain4j {@link ChatRequest} and the {@link CallContext} that travels with it.
 * Immutable: every method returns a new request. Limits add up and only tighten: of two deadlines the earlier counts, of
 * two labels the stricter, and of two budgets both.
 *
 * <p>Make one for each call: a deadline is counted from when it was set, and what is spent at most is one budget, however
 * often the request is asked.
 */
public final class Request {

    private final ChatRequest chat;
    private final CallContext context;
    private final Evidence evidence;

    private Request(ChatRequest chat, CallContext context, Evidence evidence) {
        this.chat = chat;
        this.context = context;
        this.evidence = evidence;
    }

    /**
     * A request of one user message.
     *
     * @throws RejectedRequestException if the prompt is blank
     */
    public static Request of(String prompt) {
        if (Objects.requireNonNull(prompt, "prompt").isBlank()) {
            throw new RejectedRequestException(
                    "the prompt is blank; valid is a text with at least one visible character");
        }
        return of(ChatRequest.builder().messages(UserMessage.from(prompt)).build());
    }

    /** {@return this conversation, without limits} */
    public static Request of(ChatRequest chat) {
        return new Request(Objects.requireNonNull(chat, "chat request"), CallContext.unlimited(), Evidence.none());
    }

    /** {@return what is asked} */
    public ChatRequest chat() {
        return chat;
    }

    /** {@return the limits of the call} */
    public CallContext context() {
        return context;
    }

    /** {@return what is known of the question, beyond its words, by those who decide} */
    public Evidence evidence() {
        return evidence;
    }

    /**
     * {@return the same limits around another question; what was known of this one is said of the same messages with
     * other parameters, such as another temperature, and not of other messages}
     */
    @SuppressWarnings("ReferenceEquality") // the same request is not worth a look at its messages
    public Request chat(ChatRequest other) {
        if (other == chat) {
            return this;
        }
        boolean sameQuestion =
                Objects.requireNonNull(other, "chat request").messages().equals(chat.messages());
        return new Request(other, context, sameQuestion ? evidence : Evidence.none());
    }

    /** {@return the same question in other words, such as a part of it: limits and what is known of it stay} */
    public Request rephrased(ChatRequest other) {
        return new Request(Objects.requireNonNull(other, "chat request"), context, evidence);
    }

    /**
     * Tells routers and rules something about this question, such as who asks. It travels with the question, through
     * any nesting, and no model sees it.
     */
    public <T> Request evidence(EvidenceKey<T> key, T value) {
        return new Request(chat, context, evidence.with(key, value));
    }

    @SuppressWarnings("ReferenceEquality") // nothing more to tell is the usual case
    Request told(Evidence more) {
        return more == evidence ? this : new Request(chat, context, evidence.and(more));
    }

    /** Ends the call at the latest after this time, counted from now; what is too long to count is no deadline. */
    public Request deadline(Duration fromNow) {
        Objects.requireNonNull(fromNow, "deadline");
        Instant end;
        try {
            end = context.clock().instant().plus(fromNow);
        } catch (ArithmeticException | java.time.DateTimeException e) {
            end = fromNow.isNegative() ? Instant.MIN : Instant.MAX;
        }
        return deadline(end);
    }

    /** Ends the call at this instant at the latest. */
    public Request deadline(Instant end) {
        return with(context.deadline(end));
    }

    /** Limits what this request may cost, in US dollars such as {@code "0.002"}. */
    public Request spendAtMost(String usd) {
        return within(Budget.ofUsd(usd));
    }

    /** Limits what this request may cost. */
    public Request spendAtMost(Usd limit) {
        return within(Budget.ofUsd(limit));
    }

    /** Limits how many prompt and completion tokens this request may use over all models. */
    public Request useAtMostTokens(long tokens) {
        return within(Budget.ofTokens(tokens));
    }

    /** Draws on a budget that other requests may share. */
    public Request within(Budget budget) {
        return with(context.within(budget));
    }

    /** Limits how far the request's text may travel. */
    public Request label(PrivacyLabel label) {
        return with(context.label(label));
    }

    /** Says on whose behalf the call is made, in 1 to 1,024 characters; once set it cannot change. */
    public Request tenant(String name) {
        return with(context.tenant(name));
    }

    /** Says which conversation the call belongs to, in 1 to 1,024 characters; once set it cannot change. */
    public Request session(String id) {
        return with(context.session(id));
    }

    /** Lets this end the call, from any thread. */
    public Request cancelledBy(Cancellation cancellation) {
        return with(context.cancelledBy(cancellation));
    }

    /** Lets this see what happens in the call. */
    public Request listener(CallListener listener) {
        return with(context.listener(listener));
    }

    /** Tells the time of the deadline by this clock; set it before the deadline. */
    public Request clock(Clock clock) {
        return with(context.clock(clock));
    }

    /** Runs asynchronous calls and parallel members on this; by default virtual threads where the JDK has them. */
    public Request executor(Executor executor) {
        return with(context.executor(executor));
    }

    Request with(CallContext tighter) {
        return new Request(chat, tighter, evidence);
    }

    /** {@return the limits and the number of messages, not their text} */
    @Override
    public String toString() {
        return "Request[" + chat.messages().size() + " messages, " + context + "]";
    }
}
