package io.github.tandem4j.auxiliary;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import java.util.ArrayList;
import java.util.List;

/** The usual assistants. */
public final class Assistants {

    private static final String HINT = "List, in a few short points, the facts and steps that a good answer to the "
            + "conversation above needs. Do not write the answer itself.";

    private Assistants() {}

    /**
     * {@return an assistant that asks a helper for the facts and steps that a good answer needs, and gives them to the
     * main endpoint as notes that may be wrong}
     */
    public static Assistant hintFrom(ModelEndpoint helper) {
        return Assistant.before((assistance, chat) -> {
            Reply hint = assistance.ask(helper, append(chat, UserMessage.from(HINT)));
            return hint.text().isBlank() ? chat : prepend(chat, note(helper, hint));
        });
    }

    private static SystemMessage note(ModelEndpoint helper, Reply hint) {
        return SystemMessage.from("Notes by " + helper.id()
                + " on the next question; use what is right in them, and do " + "not mention them:\n" + hint.text());
    }

    private static ChatRequest append(ChatRequest chat, ChatMessage last) {
        List<ChatMessage> messages = new ArrayList<>(chat.messages());
        messages.add(last);
        // A helper has no use for the main endpoint's tools and formats.
        return ChatRequest.builder().messages(messages).build();
    }

    /** The note goes behind the caller's own system messages, which keep the first word. */
    private static ChatRequest prepend(ChatRequest chat, SystemMessage note) {
        List<ChatMessage> messages = new ArrayList<>(chat.messages());
        int at = 0;
        while (at < messages.size() && messages.get(at) instanceof SystemMessage) {
            at++;
        }
        messages.add(at, note);
        return ChatRequest.builder()
                .messages(messages)
                .parameters(chat.parameters())
                .build();
    }
}
