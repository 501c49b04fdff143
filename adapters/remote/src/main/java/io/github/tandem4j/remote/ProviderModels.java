package io.github.tandem4j.remote;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.Completion;
import io.github.tandem4j.TokenCount;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One model of a provider, through the provider's module.
 *
 * @param blocking answers at once
 * @param streaming answers bit by bit; it calls its handler before it returns, on the caller's thread
 * @param parameters makes of a request's parameters those that are sent
 * @param completion reads what the provider says of its answer
 * @param scores reads the log-probabilities of the tokens that come with an event of a stream; null if one is missing
 * @param counter counts a prompt's tokens
 */
record ProviderModels(
        ChatModel blocking,
        StreamingChatModel streaming,
        UnaryOperator<ChatRequestParameters> parameters,
        Function<ChatResponse, Completion> completion,
        Function<String, @Nullable List<Double>> scores,
        Function<ChatRequest, TokenCount> counter) {

    /** A provider that says nothing more of its answers, and whose tokenizer is not known. */
    ProviderModels(
            ChatModel blocking,
            StreamingChatModel streaming,
            UnaryOperator<ChatRequestParameters> parameters,
            Function<ChatResponse, Completion> completion) {
        this(blocking, streaming, parameters, completion, data -> List.of(), TokenCount::estimate);
    }

    ChatRequest prepared(ChatRequest chat) {
        return ChatRequest.builder()
                .messages(chat.messages())
                .parameters(parameters.apply(chat.parameters()))
                .build();
    }
}
