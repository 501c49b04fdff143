package io.github.tandem4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * An endpoint wherever LangChain4j takes a {@link StreamingChatModel}; see {@link ModelEndpoint#asStreamingChatModel()}.
 * It is built, reports itself, explains itself and fails as {@link EndpointChatModel} does.
 *
 * <p>A call runs on the request's executor, and its handler is called there, by one thread at a time:
 *
 * <ul>
 *   <li>the text as it comes, and nothing that may still be thrown away; then, when the answer is whole, its thinking in
 *       one piece and its tool calls, for a {@link TokenSink} carries text alone; then the response;
 *   <li>or, if the call fails, the error, after whatever text had come;
 *   <li>nothing more once a callback has cancelled it through its handle: neither a response nor an error;
 *   <li>what a callback throws goes to {@code onError}, and the call goes on, as with LangChain4j's own models.
 * </ul>
 *
 * <p>An AI service's {@code TokenStream} builds the response that it completes with anew, without its reply: there a
 * {@link ChatModelListener} or a {@link CallListener} is told it.
 */
public final class EndpointStreamingChatModel implements StreamingChatModel {

    private final ModelView view;

    EndpointStreamingChatModel(ModelView view) {
        this.view = view;
    }

    /** Tells these listeners of every call, once a call: what happens inside a strategy is in the trace. */
    public EndpointStreamingChatModel listenedBy(ChatModelListener... more) {
        return new EndpointStreamingChatModel(view.listenedBy(more));
    }

    /** Asks with these parameters where a request names none; of several defaults the last counts. */
    public EndpointStreamingChatModel withDefaults(ChatRequestParameters more) {
        return new EndpointStreamingChatModel(view.withDefaults(more));
    }

    /** Puts limits on every call, beside those that are there already; see {@link EndpointChatModel#limited}. */
    public EndpointStreamingChatModel limited(UnaryOperator<Request> more) {
        return new EndpointStreamingChatModel(view.limited(more));
    }

    /** Answers. To ask with defaults and listeners, call {@link #chat(ChatRequest, StreamingChatResponseHandler)}. */
    @Override
    public void doChat(ChatRequest chat, StreamingChatResponseHandler handler) {
        new StreamedCall(handler).start(view, chat);
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
        return view.endpoint() + " as a streaming chat model";
    }
}
