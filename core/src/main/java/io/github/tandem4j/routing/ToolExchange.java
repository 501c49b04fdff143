package io.github.tandem4j.routing;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The tool exchange in the middle of which a conversation ends: a model has called tools, and has not yet spoken to what
 * came of it.
 *
 * @param calls the message that calls the tools
 */
public record ToolExchange(AiMessage calls) {

    /** Refuses a message that calls no tool with an {@link IllegalArgumentException}. */
    public ToolExchange {
        if (!calls.hasToolExecutionRequests()) {
            throw new IllegalArgumentException("message of a tool exchange calls no tool; valid is one call or more");
        }
    }

    /**
     * {@return the exchange in whose middle the conversation ends; empty unless its last message, tool results and system
     * messages aside, calls tools}
     */
    public static Optional<ToolExchange> unfinishedIn(ChatRequest chat) {
        List<ChatMessage> messages = chat.messages();
        for (int i = messages.size() - 1; i >= 0; i--) {
            ChatMessage message = messages.get(i);
            if (message instanceof AiMessage ai) {
                return ai.hasToolExecutionRequests() ? Optional.of(new ToolExchange(ai)) : Optional.empty();
            }
            if (!(message instanceof ToolExecutionResultMessage) && !(message instanceof SystemMessage)) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    /**
     * {@return what tells these calls from others without saying what is in them: 64 bits of the SHA-256 of their ids,
     * names and arguments, in hexadecimal; the same on every machine}
     */
    public String fingerprint() {
        MessageDigest digest = sha256();
        for (ToolExecutionRequest call : calls.toolExecutionRequests()) {
            add(digest, call.id());
            add(digest, call.name());
            add(digest, call.arguments());
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 8);
    }

    /** Each part with its length before it, so that no two lists of parts read alike. */
    private static void add(MessageDigest digest, @Nullable String part) {
        byte[] bytes = Objects.requireNonNullElse(part, "").getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256; this one has not", e);
        }
    }
}
