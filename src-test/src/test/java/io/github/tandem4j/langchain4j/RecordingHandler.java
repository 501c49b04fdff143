package io.github.tandem4j.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Remembers what a streaming model tells its handler, one line a callback; a subclass may act on a piece. */
class RecordingHandler implements StreamingChatResponseHandler {

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final CompletableFuture<ChatResponse> end = new CompletableFuture<>();

    /** Acts on a piece of text; by default does nothing. */
    void onPiece(String text, PartialResponseContext context) {}

    List<String> events() {
        return List.copyOf(events);
    }

    /** {@return the response that the call ended with} */
    ChatResponse response() throws Exception {
        return end.get(30, TimeUnit.SECONDS);
    }

    /** {@return the error that the call ended with} */
    Throwable error() throws Exception {
        return end.handle((response, error) -> error).get(30, TimeUnit.SECONDS);
    }

    @Override
    public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
        events.add("text " + piece.text().strip());
        onPiece(piece.text(), context);
    }

    @Override
    public void onPartialThinking(PartialThinking thinking) {
        events.add("thinking " + thinking.text());
    }

    @Override
    public void onCompleteToolCall(CompleteToolCall call) {
        events.add("tool " + call.index() + " " + call.toolExecutionRequest().name());
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
        events.add("complete");
        end.complete(response);
    }

    @Override
    public void onError(Throwable error) {
        events.add("error " + error.getClass().getSimpleName());
        end.completeExceptionally(error);
    }
}
