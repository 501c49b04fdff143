package io.github.tandem4j.pipeline;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Reply;
import java.util.ArrayList;
import java.util.List;

/** The usual handoffs. */
public final class Handoffs {

    private static final String REFINE = "Improve your answer above: correct what is wrong, add what is missing, "
            + "leave out what is idle. Reply with the improved answer alone.";

    private static final String CUT = "Your answer above was cut off before its end; the end is missing. ";

    private Handoffs() {}

    /**
     * {@return a handoff that shows the next step the latest answer as a draft, and asks it to improve on it}
     *
     * <p>A draft that was cut by its limit of tokens is shown as one whose end is missing.
     */
    public static Handoff refine() {
        return refine(REFINE);
    }

    /**
     * {@return a handoff that shows the next step the conversation with the latest answer as a draft, and then says this}
     *
     * <p>Of a draft that was cut by its limit of tokens it first says that its end is missing.
     *
     * @param instruction what to do with the draft; not blank
     */
    public static Handoff refine(String instruction) {
        if (instruction.isBlank()) {
            throw new IllegalArgumentException("instruction for refining is blank; valid is what to do with the draft");
        }
        return (request, before) -> {
            Reply draft = before.get(before.size() - 1);
            if (draft.text().isBlank()) {
                return Next.ask(request.chat(), "the step before left no text to refine");
            }
            List<ChatMessage> messages = new ArrayList<>(request.chat().messages());
            messages.add(AiMessage.from(draft.text()));
            messages.add(UserMessage.from(draft.isTruncated() ? CUT + instruction : instruction));
            return Next.ask(
                    with(request.chat(), messages),
                    draft.isTruncated() ? "refine the draft, which was cut by its limit" : "refine the draft");
        };
    }

    private static ChatRequest with(ChatRequest chat, List<ChatMessage> messages) {
        return ChatRequest.builder()
                .messages(messages)
                .parameters(chat.parameters())
                .build();
    }
}
