package io.github.tandem4j.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.ImageContent.DetailLevel;
import dev.langchain4j.data.message.PdfFileContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenCount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a provider bills for beyond a prompt's texts never exceeds what budgets are asked for. */
class BilledPromptTest {

    private static final ChatRequest QUESTION =
            ChatRequest.builder().messages(UserMessage.from("What is it?")).build();

    private static ChatRequest withImage(DetailLevel detail) {
        ImageContent image = ImageContent.from("aGVsbG8=", "image/png", detail);
        return ChatRequest.builder()
                .messages(UserMessage.from(TextContent.from("What is it?"), image))
                .build();
    }

    private static ChatRequest withTool() {
        return ChatRequest.builder()
                .messages(QUESTION.messages())
                .toolSpecifications(ToolSpecification.builder().name("now").build())
                .build();
    }

    private static RemoteEndpoint endpoint(String model) {
        return model.startsWith("claude")
                ? RemoteEndpoint.anthropic("sk-x", model)
                : RemoteEndpoint.openAi("sk-x", model);
    }

    private static TokenCount beyondTheText(String model, ChatRequest chat) {
        TokenCount all = endpoint(model).countTokens(chat);
        TokenCount text = endpoint(model).countTokens(QUESTION);
        return new TokenCount(all.tokens() - text.tokens(), all.atMost() - text.atMost());
    }

    /** By OpenAI's guide to images (tiles, patches) and Anthropic's to vision: what the largest image is billed as. */
    @ParameterizedTest
    @CsvSource({
        "gpt-4o, 1445",
        "gpt-4o-mini, 48169",
        "gpt-4o-mini-2024-07-18, 48169",
        "ft:gpt-4o-mini-2024-07-18:acme::7, 48169",
        "gpt-4.1, 1445",
        "gpt-4.1-mini, 2489",
        "gpt-4.1-nano, 3779",
        "gpt-5, 1190",
        "gpt-5-mini, 2489",
        "gpt-5-nano, 3779",
        "o1, 1275",
        "o3, 1275",
        "o4-mini, 2642",
        "gpt-4-turbo, 1445",
        "claude-opus-4-1, 1600",
        "claude-3-haiku-20240307, 1600",
    })
    void theLargestImageIsCovered(String model, long billed) {
        for (DetailLevel detail : DetailLevel.values()) {
            if (detail != DetailLevel.LOW) {
                assertThat(beyondTheText(model, withImage(detail)).atMost())
                        .as(detail.name())
                        .isBetween(billed, Math.max(4096, billed + 2_000));
            }
        }
    }

    @Test
    void anImageOfLittleDetailIsNotTakenForALargeOne() {
        assertThat(beyondTheText("gpt-4o-mini", withImage(DetailLevel.LOW)).atMost())
                .isBetween(2_833L, 4_096L);
    }

    @Test
    void aMoneyBudgetThatMayNotCoverAnImageIsNotSpentOnIt() {
        // 48,169 tokens at 0.15 a million are 0.0072
        BudgetExceededException refusal = catchThrowableOfType(
                BudgetExceededException.class,
                () -> endpoint("gpt-4o-mini")
                        .answer(Request.of(withImage(DetailLevel.HIGH)).spendAtMost("0.005")));

        assertThat(refusal).isNotNull();
    }

    /** The most is Claude 3 Opus's prompt about tools, by Anthropic's table. */
    @ParameterizedTest
    @ValueSource(strings = {"claude-3-opus-20240229", "claude-3-haiku-20240307", "claude-sonnet-4-0"})
    void anthropicsPromptAboutToolsIsCovered(String model) {
        long tool = TokenCount.estimate(withTool()).atMost()
                - TokenCount.estimate(QUESTION).atMost();

        assertThat(beyondTheText(model, withTool()).atMost()).isBetween(tool + 530, tool + 700);
        assertThat(endpoint(model).countTokens(QUESTION)).isEqualTo(TokenCount.estimate(QUESTION));
    }

    @Test
    void aDocumentMayFillTheWindow() {
        ChatRequest chat = ChatRequest.builder()
                .messages(UserMessage.from(
                        TextContent.from("What is it?"), PdfFileContent.from("aGVsbG8=", "application/pdf")))
                .build();

        assertThat(beyondTheText("claude-sonnet-4-0", chat).atMost()).isEqualTo(200_000);
        assertThat(beyondTheText("gpt-4.1", chat).atMost()).isEqualTo(1_047_576);
        assertThat(RemoteEndpoint.openAi()
                        .apiKey("sk-x")
                        .model("gpt-4o")
                        .contextWindow(128_000)
                        .build()
                        .countTokens(chat)
                        .atMost())
                .isBetween(128_000L, 128_100L);
    }
}
