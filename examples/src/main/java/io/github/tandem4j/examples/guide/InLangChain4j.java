package io.github.tandem4j.examples.guide;

import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.TandemException;
import java.time.Duration;

/** An endpoint as LangChain4j's model. */
final class InLangChain4j {

    private InLangChain4j() {}

    static ChatModel model(ModelEndpoint assistant, ChatModelListener metrics) {
        // snippet: chat-model
        ChatModel model = assistant
                .asChatModel()
                .listenedBy(metrics)
                .withDefaults(ChatRequestParameters.builder().temperature(0.2).build())
                .limited(request -> request.deadline(Duration.ofSeconds(20)).spendAtMost("0.01"));
        // end
        return model;
    }

    static String ask(ChatModel model, ChatRequest request) {
        // snippet: reply-of
        ChatResponse response = model.chat(request);
        Reply reply = Reply.of(response).orElseThrow(); // who answered, why, how sure it is, what it cost
        // end
        return reply.author();
    }

    static String explained(ChatModel model, ChatRequest request) {
        // snippet: langchain4j-failures
        try {
            return model.chat(request).aiMessage().text();
        } catch (TimeoutException | RateLimitException busy) {
            if (busy.getCause() instanceof TandemException failure) {
                failure.trace().ifPresent(System.out::println); // what had happened, and what it had cost
            }
            return "We are busy. Please try again.";
        }
        // end
    }
}
