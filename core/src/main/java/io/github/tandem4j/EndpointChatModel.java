package io.github.tandem4j;

import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * An endpoint wherever LangChain4j takes a {@link ChatModel}; see {@link ModelEndpoint#asChatModel()}.
 *
 * <pre>{@code
 * ChatModel model = assistant.asChatModel()
 *         .listenedBy(metrics)
 *         .withDefaults(ChatRequestParameters.builder().temperature(0.2).build())
 *         .limited(request -> request.deadline(ofSeconds(4)).spendAtMost("0.002"));
 * }</pre>
 *
 * <p>Every response explains itself: {@link Reply#of(ChatResponse)} gives the reply behind it, with trace and cost, from
 * the model's caller, from a listener, and from the {@code finalResponse()} of an AI service's {@code Result}. What fails
 * throws a {@link LangChain4jException} of LangChain4j's own kind (a timeout, a rate limit, an unsupported feature, at
 * least retriable or not), whose cause is the {@link TandemException} that knows the trace.
 *
 * <p>An answer that was cut by its limit of tokens is a response like any other, whose finish reason is {@code LENGTH}. An
 * AI service that returns text does not look at that; let it return a {@code Result}, or put a cascade in between, which
 * defers what was cut.
 *
 * <p>The provider is the profile's, if LangChain4j knows it; a strategy's is {@link ModelProvider#OTHER}. Immutable and
 * thread-safe: every method returns a new model over the same endpoint.
 */
public final class EndpointChatModel implements ChatModel {

    private final ModelView view;

    EndpointChatModel(ModelView view) {
        this.view = view;
    }

    /** Tells these listeners of every call, once a call: what happens inside a strategy is in the trace. */
    public EndpointChatModel listenedBy(ChatModelListener... more) {
        return new EndpointChatModel(view.listenedBy(more));
    }

    /** Asks with these parameters where a request names none; of several defaults the last counts. */
    public EndpointChatModel withDefaults(ChatRequestParameters more) {
        return new EndpointChatModel(view.withDefaults(more));
    }

    /**
     * Puts limits on every call, beside those that are there already.
     *
     * @param more adds them, such as {@code request -> request.deadline(ofSeconds(4)).spendAtMost("0.002")}
     */
    public EndpointChatModel limited(UnaryOperator<Request> more) {
        return new EndpointChatModel(view.limited(more));
    }

    /** Answers. To ask with defaults and listeners, call {@link #chat(ChatRequest)}. */
    @Override
    public ChatResponse doChat(ChatRequest chat) {
        try {
            return new ExplainedResponse(view.endpoint().answer(view.request(chat)));
        } catch (TandemException e) {
            throw Failures.inLangChain4jsTerms(e);
        }
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return view.defaults();
    }

    @Override
    public List<ChatModelListener> listeners() {
        return view.listeners();
    }

    @Override
    public ModelProvider provider() {
        return view.provider();
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return view.capabilities();
    }

    /** {@return the endpoint's id and kind} */
    @Override
    public String toString() {
        return view.endpoint() + " as a chat model";
    }
}
