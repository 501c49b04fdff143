package io.github.tandem4j;

import dev.langchain4j.model.chat.response.ChatResponse;

/** What a leaf has given to its sink, so that a model that does not stream is heard all the same, and once. */
final class StreamedText {

    private final String endpoint;
    private final TokenSink tokens;
    private boolean given;

    StreamedText(String endpoint, TokenSink tokens) {
        this.endpoint = endpoint;
        this.tokens = tokens;
    }

    /** {@return {@link TokenSink#NONE} if nobody listens, so that the model need not stream} */
    TokenSink sink() {
        return tokens == TokenSink.NONE ? tokens : this::give;
    }

    void finish(ChatResponse response) {
        String text = response.aiMessage().text();
        if (!given && text != null && tokens != TokenSink.NONE) {
            give(text);
        }
    }

    private void give(String text) {
        if (text.isEmpty()) {
            return;
        }
        given = true;
        try {
            tokens.accept(text);
        } catch (TandemException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new PluginException("token sink of the call of " + endpoint + " threw " + e, e);
        }
    }
}
