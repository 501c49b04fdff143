package io.github.tandem4j.fusion;

import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.Reply;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One answer made of several, and why it is this one. Immutable. */
public final class Fused {

    private final ChatResponse response;
    private final @Nullable Reply chosen;
    private final String why;
    private final Confidence confidence;

    private Fused(ChatResponse response, @Nullable Reply chosen, String why, Confidence confidence) {
        this.response = Objects.requireNonNull(response, "response");
        this.chosen = chosen;
        this.why = Objects.requireNonNull(why, "why");
        this.confidence = Objects.requireNonNull(confidence, "confidence");
    }

    /** {@return one of the answers as it is} */
    public static Fused of(Reply chosen, String why, Confidence confidence) {
        return new Fused(chosen.response(), chosen, why, confidence);
    }

    /** {@return a new answer, made of what the members said} */
    public static Fused made(ChatResponse response, String why, Confidence confidence) {
        return new Fused(response, null, why, confidence);
    }

    /** {@return the answer} */
    public ChatResponse response() {
        return response;
    }

    /** {@return the reply that was chosen; empty if the answer was made anew} */
    public Optional<Reply> chosen() {
        return Optional.ofNullable(chosen);
    }

    /** {@return the reason, in words} */
    public String why() {
        return why;
    }

    /** {@return how sure the answer is} */
    public Confidence confidence() {
        return confidence;
    }
}
