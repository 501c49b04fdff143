package io.github.tandem4j.langchain4j;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The messages of a request, as the scripted model reads them. */
record Conversation(List<ChatMessage> messages) {

    int length() {
        return messages.size();
    }

    String system() {
        return messages.stream()
                .filter(SystemMessage.class::isInstance)
                .map(message -> ((SystemMessage) message).text())
                .collect(Collectors.joining("\n"));
    }

    /** {@return what the user said last} */
    String question() {
        List<String> said = userSaid();
        return said.isEmpty() ? "" : said.get(said.size() - 1);
    }

    List<String> userSaid() {
        return messages.stream()
                .filter(UserMessage.class::isInstance)
                .map(message -> texts(((UserMessage) message).contents()))
                .toList();
    }

    /** {@return what the tools gave since then, in the order of the calls} */
    List<ToolExecutionResultMessage> results() {
        List<ToolExecutionResultMessage> results = new ArrayList<>();
        for (ChatMessage message : messages) {
            if (message instanceof UserMessage) {
                results.clear();
            } else if (message instanceof ToolExecutionResultMessage result) {
                results.add(result);
            }
        }
        return results;
    }

    /** {@return what a tool gave last, in this turn or an earlier one} */
    Optional<String> lastResult() {
        return messages.stream()
                .filter(ToolExecutionResultMessage.class::isInstance)
                .map(message -> texts(((ToolExecutionResultMessage) message).contents()))
                .reduce((earlier, later) -> later);
    }

    /** {@return the images that the user or a tool showed in this turn} */
    List<ImageContent> images() {
        List<Content> contents = new ArrayList<>();
        for (ChatMessage message : messages) {
            if (message instanceof UserMessage user) {
                contents.clear();
                contents.addAll(user.contents());
            } else if (message instanceof ToolExecutionResultMessage result) {
                contents.addAll(result.contents());
            }
        }
        return contents.stream()
                .filter(ImageContent.class::isInstance)
                .map(ImageContent.class::cast)
                .toList();
    }

    static String texts(List<Content> contents) {
        return contents.stream()
                .filter(TextContent.class::isInstance)
                .map(content -> ((TextContent) content).text())
                .collect(Collectors.joining("\n"));
    }
}
