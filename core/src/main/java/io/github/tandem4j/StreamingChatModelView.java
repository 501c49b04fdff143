package io.github.tandem4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;

/** An endpoint where LangChain4j takes a streaming chat model. */
final class StreamingChatModelView implements StreamingChatModel {

    private final ModelEndpoint endpoint;
    private final UnaryOperator<Request> limits;

    StreamingChatModelView(ModelEndpoint endpoint, UnaryOperator<Request> limits) {
        this.endpoint = endpoint;
        this.limits = limits;
    }

    @Override
    public void doChat(ChatRequest chat, StreamingChatResponseHandler handler) {
        Cancellation cancellation = Cancellation.create();
        PartialResponseContext handle = new PartialResponseContext(handleOf(cancellation));
        Request request = limits.apply(Request.of(chat)).cancelledBy(cancellation);
        var call = endpoint.answerAsync(request, text -> handler.onPartialResponse(new PartialResponse(text), handle));
        var unused = call.whenComplete((reply, failure) -> {
            if (failure == null) {
                finish(reply, handler);
            } else {
                handler.onError(inLangChain4jsTerms(failure));
            }
        });
    }

    private static void finish(Reply reply, StreamingChatResponseHandler handler) {
        AiMessage message = reply.response().aiMessage();
        for (int i = 0;
                message.hasToolExecutionRequests()
                        && i < message.toolExecutionRequests().size();
                i++) {
            handler.onCompleteToolCall(
                    new CompleteToolCall(i, message.toolExecutionRequests().get(i)));
        }
        handler.onCompleteResponse(reply.response());
    }

    private static Throwable inLangChain4jsTerms(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof TandemException known ? Failures.inLangChain4jsTerms(known) : cause;
    }

    private static StreamingHandle handleOf(Cancellation cancellation) {
        return new StreamingHandle() {
            @Override
            public void cancel() {
                cancellation.cancel();
            }

            @Override
            public boolean isCancelled() {
                return cancellation.isCancelled();
            }
        };
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return ChatModelView.capabilitiesOf(endpoint);
    }
}
