package io.github.tandem4j.router;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What the user wrote in the latest user message of a request. */
public final class LatestMessage {

    private LatestMessage() {}

    /** {@return its texts, one a line; empty if there is none} */
    public static String of(Request request) {
        List<ChatMessage> messages = request.chat().messages();
        int at = index(messages);
        return at < 0
                ? ""
                : ((UserMessage) messages.get(at))
                        .contents().stream()
                                .filter(TextContent.class::isInstance)
                                .map(content -> ((TextContent) content).text())
                                .collect(Collectors.joining("\n"));
    }

    /** {@return the request with this text in place of its texts; media stay, and so does what is known of the request;
     * unchanged if there is no user message} */
    public static Request replaced(Request request, String text) {
        List<ChatMessage> messages = new ArrayList<>(request.chat().messages());
        int at = index(messages);
        if (at < 0) {
            return request;
        }
        UserMessage message = (UserMessage) messages.get(at);
        List<Content> contents = new ArrayList<>();
        contents.add(TextContent.from(text));
        message.contents().stream()
                .filter(content -> !(content instanceof TextContent))
                .forEach(contents::add);
        messages.set(at, message.toBuilder().contents(contents).build());
        ChatRequest chat = request.chat();
        return request.rephrased(ChatRequest.builder()
                .messages(messages)
                .parameters(chat.parameters())
                .build());
    }

    private static int index(List<ChatMessage> messages) {
        int at = messages.size() - 1;
        while (at >= 0 && !(messages.get(at) instanceof UserMessage)) {
            at--;
        }
        return at;
    }
}
