package io.github.tandem4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.Objects;

/**
 * What a model gives back when it is called: the response, and what it can say of it.
 *
 * @param response the answer, with its token usage and finish reason where the model reports them
 * @param evidence what the model says of its answer
 */
public record Completion(ChatResponse response, Evidence evidence) {

    /** Refuses nulls. */
    public Completion {
        Objects.requireNonNull(response, "response");
        Objects.requireNonNull(evidence, "evidence");
    }

    /** {@return a response without evidence} */
    public static Completion of(ChatResponse response) {
        return new Completion(response, Evidence.none());
    }

    /** {@return a text without evidence or usage} */
    public static Completion of(String text) {
        return of(ChatResponse.builder().aiMessage(AiMessage.from(text)).build());
    }
}
