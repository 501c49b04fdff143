package io.github.tandem4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import java.util.List;
import java.util.function.Function;

/**
 * How many tokens a prompt has: a likely number, and one that it does not exceed.
 *
 * @param tokens the likely number, zero or more
 * @param atMost an upper bound, on which budgets rely; equal to {@code tokens} if it was counted
 */
public record TokenCount(long tokens, long atMost) {

    private static final int BYTES_PER_TOKEN = 4;
    private static final int TOKENS_PER_MESSAGE = 16;
    private static final int LIKELY_TOKENS_PER_MEDIUM = 800;
    private static final int MOST_TOKENS_PER_MEDIUM = 4096;

    /** Refuses negative and crossed counts with an {@link IllegalArgumentException}. */
    public TokenCount {
        if (tokens < 0 || atMost < tokens) {
            throw new IllegalArgumentException(
                    "token count of " + tokens + ", at most " + atMost + "; valid is 0 <= tokens <= atMost");
        }
    }

    /** {@return whether the number was counted, not estimated} */
    public boolean isExact() {
        return tokens == atMost;
    }

    /** {@return a count made with the model's own tokenizer} */
    public static TokenCount exactly(long tokens) {
        return new TokenCount(tokens, tokens);
    }

    /**
     * Estimates the tokens of a text without a tokenizer: likely one for four bytes of UTF-8, at most one a byte, which
     * no byte-level tokenizer exceeds.
     */
    public static TokenCount estimate(String text) {
        long bytes = utf8Length(text);
        return new TokenCount(ofBytes(bytes), bytes);
    }

    /**
     * Estimates the tokens of a prompt without a tokenizer: its texts and tool specifications as {@link
     * #estimate(String)} does, up to 16 more for each message's frame, and 800, at most 4,096, for each image or other
     * medium. A model of which some media have more needs {@link #ofPrompt(ChatRequest, Function, Function)}.
     */
    public static TokenCount estimate(ChatRequest chat) {
        return ofPrompt(chat, TokenCount::estimate);
    }

    /**
     * Counts the texts of a prompt's messages with a tokenizer, and estimates as {@link #estimate(ChatRequest)} does what
     * the provider puts around and beside them: frames, tools, schemas and media.
     *
     * @param texts counts the tokens of a text
     */
    public static TokenCount ofPrompt(ChatRequest chat, Function<String, TokenCount> texts) {
        return ofPrompt(chat, texts, TokenCount::ofMedium);
    }

    /**
     * Counts a prompt as {@link #ofPrompt(ChatRequest, Function)} does, and its media as that model's provider does.
     *
     * @param texts counts the tokens of a text
     * @param media counts the tokens of an image or other content that is no text
     */
    public static TokenCount ofPrompt(
            ChatRequest chat, Function<String, TokenCount> texts, Function<Content, TokenCount> media) {
        TokenCount sum = new TokenCount(0, 0);
        for (ChatMessage message : chat.messages()) {
            sum = sum.plus(ofMessage(message, texts, media)).plus(new TokenCount(4, TOKENS_PER_MESSAGE));
        }
        for (ToolSpecification tool : chat.toolSpecifications()) {
            sum = sum.plus(estimate(tool.toString()));
        }
        if (chat.responseFormat() != null && chat.responseFormat().jsonSchema() != null) {
            sum = sum.plus(estimate(chat.responseFormat().jsonSchema().toString()));
        }
        return sum;
    }

    /** How many tokens a text of so many bytes of UTF-8 is likely to have. */
    static long ofBytes(long bytes) {
        return (bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
    }

    static TokenCount ofMessage(ChatMessage message) {
        return ofMessage(message, TokenCount::estimate, TokenCount::ofMedium);
    }

    private static TokenCount ofMessage(
            ChatMessage message, Function<String, TokenCount> texts, Function<Content, TokenCount> media) {
        if (message instanceof SystemMessage system) {
            return texts.apply(system.text());
        }
        if (message instanceof UserMessage user) {
            return ofContents(user.contents(), texts, media).plus(texts.apply(user.name() == null ? "" : user.name()));
        }
        if (message instanceof AiMessage ai) {
            TokenCount text = texts.apply(ai.text() == null ? "" : ai.text());
            return ai.hasToolExecutionRequests()
                    ? text.plus(estimate(ai.toolExecutionRequests().toString()))
                    : text;
        }
        if (message instanceof ToolExecutionResultMessage result) {
            return ofContents(result.contents(), texts, media).plus(estimate(result.id() + result.toolName()));
        }
        return estimate(message.toString());
    }

    private static TokenCount ofContents(
            List<Content> contents, Function<String, TokenCount> texts, Function<Content, TokenCount> media) {
        TokenCount sum = new TokenCount(0, 0);
        for (Content content : contents) {
            sum = sum.plus(content instanceof TextContent text ? texts.apply(text.text()) : media.apply(content));
        }
        return sum;
    }

    private static TokenCount ofMedium(Content medium) {
        return new TokenCount(LIKELY_TOKENS_PER_MEDIUM, MOST_TOKENS_PER_MEDIUM);
    }

    /** {@return the tokens of both} */
    public TokenCount plus(TokenCount other) {
        return new TokenCount(tokens + other.tokens, atMost + other.atMost);
    }

    private static long utf8Length(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // A surrogate is half of a four-byte character.
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }
}
