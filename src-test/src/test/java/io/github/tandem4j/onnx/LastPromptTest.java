package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class LastPromptTest {
    private final LastPrompt prompts = new LastPrompt();
    private int count;
    private final Function<ChatRequest, int[]> tokenizer = chat -> new int[] {++count};

    @Test
    void whatIsCountedAndThenReadIsTokenisedOnce() {
        UserMessage message = UserMessage.from("Hello");
        ChatRequest chat = ChatRequest.builder().messages(message).build();
        ChatRequest shorter =
                ChatRequest.builder().messages(message).maxOutputTokens(5).build();

        assertThat(prompts.peek(chat, tokenizer)).containsExactly(1);
        assertThat(prompts.peek(shorter, tokenizer)).containsExactly(1);
        assertThat(prompts.take(shorter, tokenizer)).containsExactly(1);
        assertThat(prompts.take(chat, tokenizer)).as("it was taken").containsExactly(2);
    }

    @Test
    void theSameWordsByAnotherOrWithToolsOrToAnotherModelAreTokenisedAgain() {
        UserMessage message = UserMessage.from("Hello");
        ChatRequest chat = ChatRequest.builder().messages(message).build();
        prompts.peek(chat, tokenizer);

        assertThat(new LastPrompt().peek(chat, tokenizer)).containsExactly(2);
        prompts.peek(chat, tokenizer);
        assertThat(prompts.peek(
                        ChatRequest.builder()
                                .messages(UserMessage.from("Hello"))
                                .build(),
                        tokenizer))
                .containsExactly(4);
        prompts.peek(chat, tokenizer);
        assertThat(prompts.take(
                        ChatRequest.builder()
                                .messages(message)
                                .toolSpecifications(
                                        ToolSpecification.builder().name("clock").build())
                                .build(),
                        tokenizer))
                .containsExactly(6);
    }
}
