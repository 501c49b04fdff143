package io.github.tandem4j;

import dev.langchain4j.model.chat.ChatModel;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/**
 * Everything that answers: a model in this process, a model behind an API, a strategy over other endpoints. They are one
 * type, so strategies nest.
 *
 * <p>An endpoint is thread-safe and serves any number of calls at once. It keeps the limits of the call's
 * {@link CallContext}, whichever of the ways below it is asked in, and these ways differ in nothing else: the same
 * decisions, the same limits, the same trace.
 *
 * <p>To add a model, extend {@link LeafEndpoint} or call {@link #of}; to add a strategy, extend {@link StrategyEndpoint}.
 * Both do what this contract asks for; {@code ModelEndpointContract} of the test kit shows whether they do.
 */
public interface ModelEndpoint {

    /** {@return its name in traces, costs and errors; never blank, unique among the members of a strategy} */
    String id();

    /** {@return what is known of it before it is asked} */
    ModelProfile profile();

    /**
     * Answers, giving the text to the sink as it comes.
     *
     * @param request the question and its limits
     * @param tokens takes the answer's text piece by piece; {@link TokenSink#NONE} if nobody listens
     * @return the whole answer; its text is what the sink was given, if it listened
     * @throws TandemException if there is no answer; which subclass says what to do about it
     */
    Reply answer(Request request, TokenSink tokens);

    /**
     * {@return the exception with which this endpoint would refuse the request before any model is called: a limit that
     * cannot be kept, a capability that is missing, a prompt that is too long; empty if it would take the request}
     */
    Optional<TandemException> refusal(Request request);

    /**
     * Gives evidence about a request without answering it, such as a local model's reading of the prompt. It is only
     * ever computed when somebody asks.
     *
     * @return the evidence; empty if this endpoint has none of this kind
     */
    default <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
        return Optional.empty();
    }

    /** Answers. See {@link #answer(Request, TokenSink)}. */
    default Reply answer(Request request) {
        return answer(request, TokenSink.NONE);
    }

    /** Answers a prompt without limits. See {@link #answer(Request, TokenSink)}. */
    default Reply answer(String prompt) {
        return answer(Request.of(prompt));
    }

    /** Answers on the request's executor. Cancelling the future cancels the call. */
    default CompletableFuture<Reply> answerAsync(Request request) {
        return AsyncCall.start(this, request, TokenSink.NONE);
    }

    /** Answers on the request's executor, giving the text to the sink as it comes. Cancelling the future cancels the call. */
    default CompletableFuture<Reply> answerAsync(Request request, TokenSink tokens) {
        return AsyncCall.start(this, request, tokens);
    }

    /** {@return this endpoint wherever LangChain4j takes a {@code ChatModel}} */
    default EndpointChatModel asChatModel() {
        return new EndpointChatModel(ModelView.of(this));
    }

    /** {@return this endpoint wherever LangChain4j takes a {@code ChatModel}, {@linkplain EndpointChatModel#limited limited}} */
    default EndpointChatModel asChatModel(UnaryOperator<Request> limits) {
        return asChatModel().limited(limits);
    }

    /** {@return this endpoint wherever LangChain4j takes a {@code StreamingChatModel}} */
    default EndpointStreamingChatModel asStreamingChatModel() {
        return new EndpointStreamingChatModel(ModelView.of(this));
    }

    /** {@return this endpoint wherever LangChain4j takes a {@code StreamingChatModel}, with limits on every call} */
    default EndpointStreamingChatModel asStreamingChatModel(UnaryOperator<Request> limits) {
        return asStreamingChatModel().limited(limits);
    }

    /** {@return an endpoint that calls this model; all limits are kept around it} */
    static ModelEndpoint of(String id, ModelProfile profile, Model model) {
        return new ModelLeaf(id, profile, model);
    }

    /** {@return an endpoint that calls this LangChain4j model; all limits are kept around it} */
    static ModelEndpoint of(String id, ModelProfile profile, ChatModel model) {
        return new ModelLeaf(id, profile, (chat, context, tokens) -> Completion.of(model.chat(chat)));
    }
}
