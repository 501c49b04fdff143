package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import org.junit.jupiter.api.Test;

class LastPromptTest {
    private final LastPrompt prompts = new LastPrompt();
    private int count;

    @Test
    void whatIsCountedAndThenReadIsTokenisedOnce() {
        UserMessage message = UserMessage.from("Hello");
        ChatRequest chat = ChatRequest.builder().messages(message).build();
        ChatRequest shorter =
                ChatRequest.builder().messages(message).maxOutputTokens(5).build();

        assertThat(prompts.peek(chat, this::tokenize)).containsExactly(1, 1);
        assertThat(prompts.peek(shorter, this::tokenize)).containsExactly(1, 1);
        assertThat(prompts.take(shorter, this::tokenize)).containsExactly(1, 1);
        assertThat(prompts.take(chat, this::tokenize)).as("it was taken").containsExactly(1, 2);
    }

    @Test
    void theSameWordsByAnotherOrWithToolsOrToAnotherModelAreTokenisedAgain() {
        UserMessage message = UserMessage.from("Hello");
        ChatRequest chat = ChatRequest.builder().messages(message).build();
        prompts.peek(chat, this::tokenize);

        assertThat(new LastPrompt().peek(chat, this::tokenize)).containsExactly(1, 2);
        prompts.peek(chat, this::tokenize);
        assertThat(prompts.peek(
                        ChatRequest.builder()
                                .messages(UserMessage.from("Hello"))
                                .build(),
                        this::tokenize))
                .containsExactly(1, 4);
        prompts.peek(chat, this::tokenize);
        assertThat(prompts.take(
                        ChatRequest.builder()
                                .messages(message)
                                .toolSpecifications(ToolSpecification.builder()
                                        .name("clock")
                                        .build())
                                .build(),
                        this::tokenize))
                .containsExactly(1, 6);
    }

    @Test
    void theSameToolsThatAreNotToBeCalledAreAnotherPrompt() {
        ChatRequest chat = ChatRequest.builder()
                .messages(UserMessage.from("Hello"))
                .toolSpecifications(ToolSpecification.builder().name("clock").build())
                .build();
        prompts.peek(chat, this::tokenize);

        assertThat(prompts.take(chat.toBuilder().toolChoice(ToolChoice.NONE).build(), this::tokenize))
                .containsExactly(1, 2);
    }

    private int[] tokenize(ChatRequest chat) {
        return new int[] {chat.messages().size(), ++count};
    }
}
