package io.github.tandem4j.remote;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import org.jspecify.annotations.Nullable;

/** Hands a stream's text to a sink, and keeps what the stream comes to. One thread uses it, for one call. */
final class StreamedAnswer implements StreamingChatResponseHandler {

    private final TokenSink tokens;
    private final StreamedScores scores;
    private final StringBuilder text = new StringBuilder();
    private String half = "";
    private @Nullable ChatResponse response;
    private @Nullable Throwable failure;

    StreamedAnswer(TokenSink tokens, StreamedScores scores) {
        this.tokens = tokens;
        this.scores = scores;
    }

    @Override
    public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
        if (failure != null) {
            return;
        }
        try {
            give(half + piece.text());
        } catch (RuntimeException | Error e) {
            failure = e;
            context.streamingHandle().cancel();
        }
    }

    /** A provider may split a character beyond the basic plane in two; the sink gets it whole. */
    private void give(String more) {
        int whole = more.length();
        if (whole > 0 && Character.isHighSurrogate(more.charAt(whole - 1))) {
            whole--;
        }
        half = more.substring(whole);
        if (whole > 0) {
            pass(more.substring(0, whole));
        }
    }

    private void pass(String piece) {
        text.append(piece);
        TokenScores known = scores.take();
        if (known.size() == 0) {
            tokens.accept(piece);
        } else {
            tokens.accept(piece, known);
        }
    }

    @Override
    public void onCompleteResponse(ChatResponse whole) {
        response = whole;
    }

    @Override
    public void onError(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    /**
     * {@return the whole answer, its text as the sink was given it; null if the stream broke off without saying so}
     *
     * @throws RuntimeException what the sink or the stream threw
     */
    @Nullable
    ChatResponse response() {
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw failure instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(failure);
        }
        if (response == null || response.finishReason() == null) {
            return null;
        }
        if (!half.isEmpty()) {
            pass(half);
        }
        String streamed = text.toString();
        String told = response.aiMessage().text();
        if (streamed.equals(told == null ? "" : told)) {
            return response;
        }
        // Anthropic's blocks of text are joined by line breaks that no event of the stream has.
        return response.toBuilder()
                .aiMessage(response.aiMessage().toBuilder()
                        .text(streamed.isEmpty() ? null : streamed)
                        .build())
                .build();
    }
}
