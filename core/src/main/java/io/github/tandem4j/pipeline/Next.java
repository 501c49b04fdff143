package io.github.tandem4j.pipeline;

import dev.langchain4j.model.chat.request.ChatRequest;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What comes next in a pipeline: another step, or the end. Immutable. */
public final class Next {

    private final @Nullable ChatRequest chat;
    private final String why;

    private Next(@Nullable ChatRequest chat, String why) {
        this.chat = chat;
        this.why = Objects.requireNonNull(why, "why");
    }

    /** {@return that the next step is asked this} */
    public static Next ask(ChatRequest chat, String why) {
        return new Next(Objects.requireNonNull(chat, "chat request"), why);
    }

    /** {@return that the latest answer is the pipeline's, and no further step is asked} */
    public static Next finish(String why) {
        return new Next(null, why);
    }

    /** {@return what the next step is asked; empty if the pipeline ends here} */
    public Optional<ChatRequest> chat() {
        return Optional.ofNullable(chat);
    }

    /** {@return the reason, in words} */
    public String why() {
        return why;
    }
}
