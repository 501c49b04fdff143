package io.github.tandem4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call that is streamed to a LangChain4j handler, and the handle by which the handler cancels it. What a callback
 * throws is told to {@code onError} and changes nothing else; after a cancellation by the handle nobody is told anything.
 */
final class StreamedCall implements TokenSink, StreamingHandle, BiConsumer<@Nullable Reply, @Nullable Throwable> {

    private static final Logger log = LoggerFactory.getLogger(StreamedCall.class);

    private final StreamingChatResponseHandler handler;
    private final Cancellation cancellation = Cancellation.create();

    StreamedCall(StreamingChatResponseHandler handler) {
        this.handler = Objects.requireNonNull(handler, "handler");
    }

    void start(ModelView view, ChatRequest chat) {
        Request request;
        try {
            request = view.request(chat).cancelledBy(cancellation);
        } catch (RuntimeException e) { // LangChain4j's listeners hear of no call that throws before it has begun
            fail(e instanceof TandemException known ? Failures.inLangChain4jsTerms(known) : e);
            return;
        }
        AsyncCall.start(view.endpoint(), request, this, this);
    }

    @Override
    public void accept(String text) {
        tell(() -> handler.onPartialResponse(new PartialResponse(text), new PartialResponseContext(this)));
    }

    @Override
    public void accept(@Nullable Reply reply, @Nullable Throwable failure) {
        if (failure != null || reply == null) {
            fail(failure instanceof TandemException known ? Failures.inLangChain4jsTerms(known) : failure);
            return;
        }
        AiMessage message = reply.response().aiMessage();
        String thinking = message.thinking();
        if (thinking != null && !thinking.isEmpty()) {
            tell(() -> handler.onPartialThinking(new PartialThinking(thinking), new PartialThinkingContext(this)));
        }
        for (int i = 0; i < message.toolExecutionRequests().size(); i++) {
            CompleteToolCall call =
                    new CompleteToolCall(i, message.toolExecutionRequests().get(i));
            tell(() -> handler.onCompleteToolCall(call));
        }
        tell(() -> handler.onCompleteResponse(new ExplainedResponse(reply)));
    }

    @Override
    public void cancel() {
        cancellation.cancel();
    }

    @Override
    public boolean isCancelled() {
        return cancellation.isCancelled();
    }

    private void tell(Runnable callback) {
        if (isCancelled()) {
            return;
        }
        try {
            callback.run();
        } catch (Throwable t) { // an assertion in a callback too: the future of the call would swallow it
            if (isCancelled()) {
                log.warn("A callback of a streaming handler threw after it had cancelled its call.", t);
            } else {
                fail(t);
            }
        }
    }

    private void fail(@Nullable Throwable failure) {
        if (isCancelled()) {
            return;
        }
        try {
            handler.onError(failure);
        } catch (Throwable t) {
            log.warn("A streaming handler's onError threw; that is told to nobody else.", t);
        }
    }
}
