package io.github.tandem4j.remote;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.Evidence;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * One model of a provider, through the provider's module.
 *
 * @param blocking answers at once
 * @param streaming answers bit by bit; it calls its handler before it returns, on the caller's thread
 * @param parameters makes of a request's parameters those that are sent
 * @param evidence reads what the provider says of its answer
 */
record ProviderModels(
        ChatModel blocking,
        StreamingChatModel streaming,
        UnaryOperator<ChatRequestParameters> parameters,
        Function<ChatResponse, Evidence> evidence) {

    ChatRequest prepared(ChatRequest chat) {
        return ChatRequest.builder()
                .messages(chat.messages())
                .parameters(parameters.apply(chat.parameters()))
                .build();
    }
}
