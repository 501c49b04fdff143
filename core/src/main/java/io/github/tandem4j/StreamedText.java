package io.github.tandem4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint has given to its sink: so that a model that does not stream is heard all the same, and once; that a
 * sink that threw fails the call even where the model's client swallows the exception; and that a model on another
 * thread is no longer heard when its call has ended. A piece that is under way then is not waited for.
 */
final class StreamedText {

    private final String endpoint;
    private final TokenSink tokens;
    private volatile boolean given;
    private volatile boolean ended;
    private volatile @Nullable PluginException failure;

    StreamedText(String endpoint, TokenSink tokens) {
        this.endpoint = endpoint;
        this.tokens = tokens;
    }

    /** {@return {@link TokenSink#NONE} if nobody listens, so that the model need not stream} */
    TokenSink sink() {
        return tokens == TokenSink.NONE ? tokens : this::give;
    }

    /** {@return whether whoever listens was given anything} */
    boolean wasHeard() {
        return given;
    }

    void finish(ChatResponse response) {
        String text = response.aiMessage().text();
        if (!given && text != null && tokens != TokenSink.NONE) {
            give(text);
        }
    }

    void throwIfSinkThrew() {
        PluginException thrown = failure;
        if (thrown != null) {
            throw thrown;
        }
    }

    void end() {
        ended = true;
    }

    private void give(String text) {
        if (text.isEmpty()) {
            return;
        }
        throwIfSinkThrew();
        if (ended) {
            throw new CallCancelledException("call of " + endpoint + " has ended; nobody listens any more");
        }
        given = true;
        try {
            tokens.accept(text);
        } catch (PluginException e) { // of a strategy around this endpoint, which has said it already
            failure = e;
            throw e;
        } catch (RuntimeException e) {
            PluginException thrown = new PluginException("token sink of the call of " + endpoint + " threw " + e, e);
            failure = thrown;
            throw thrown;
        }
    }
}
