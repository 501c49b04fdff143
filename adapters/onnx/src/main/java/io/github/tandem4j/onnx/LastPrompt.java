package io.github.tandem4j.onnx;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of the prompt that a thread has asked for last. A call's admission counts them before the model reads them,
 * which for a long conversation takes longer than the model does when most of it is kept.
 *
 * <p>It is known again by its messages' identity, not by their texts: whether somebody else has said the same just
 * before shows to nobody. Thread-safe.
 */
final class LastPrompt {
    private static final ThreadLocal<@Nullable Known> KNOWN = new ThreadLocal<>();

    private static final class Known {
        private final LastPrompt owner;
        private final WeakReference<List<ChatMessage>> messages; // of a call that was refused, no text is held
        private final List<ToolSpecification> tools;
        private final @Nullable ToolChoice choice; // NONE leaves the tools out of a prompt
        private final int[] tokens;

        Known(LastPrompt owner, ChatRequest chat, int[] tokens) {
            this.owner = owner;
            this.messages = new WeakReference<>(chat.messages());
            this.tools = toolsOf(chat);
            this.choice = chat.toolChoice();
            this.tokens = tokens;
        }

        boolean isOf(LastPrompt other, ChatRequest chat) {
            List<ChatMessage> mine = messages.get();
            return owner == other
                    && mine != null
                    && areSame(mine, chat.messages())
                    && choice == chat.toolChoice()
                    && tools.equals(toolsOf(chat));
        }

        private static boolean areSame(List<ChatMessage> mine, List<ChatMessage> others) {
            boolean same = mine.size() == others.size();
            for (int i = 0; same && i < others.size(); i++) {
                same = mine.get(i) == others.get(i);
            }
            return same;
        }

        private static List<ToolSpecification> toolsOf(ChatRequest chat) {
            return chat.toolSpecifications() == null ? List.of() : chat.toolSpecifications();
        }
    }

    /** The tokens, for one who counts them and may come back. */
    int[] peek(ChatRequest chat, Function<ChatRequest, int[]> tokenizer) {
        Known last = KNOWN.get();
        if (last != null && last.isOf(this, chat)) {
            return last.tokens;
        }
        int[] tokens = tokenizer.apply(chat);
        KNOWN.set(new Known(this, chat, tokens));
        return tokens;
    }

    /** The tokens, for one who reads them, after which nothing of them is kept. */
    int[] take(ChatRequest chat, Function<ChatRequest, int[]> tokenizer) {
        Known last = KNOWN.get();
        KNOWN.remove();
        return last != null && last.isOf(this, chat) ? last.tokens : tokenizer.apply(chat);
    }
}
