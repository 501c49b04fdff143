package io.github.tandem4j;

import dev.langchain4j.model.chat.request.ChatRequest;

/** The bare call of a model: a lambda makes an endpoint of it, see {@link ModelEndpoint#of}. */
@FunctionalInterface
public interface Model {

    /**
     * Calls the model; see {@link LeafEndpoint#complete}.
     *
     * @throws Exception whatever the call throws; the endpoint says it in Tandem's terms
     */
    Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) throws Exception;
}
