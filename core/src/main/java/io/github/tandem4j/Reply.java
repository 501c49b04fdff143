package io.github.tandem4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import java.util.Objects;
import java.util.Optional;

/**
 * An answer that explains itself: the response, how sure it is, what it cost and how it came about. Immutable.
 *
 * @param response the answer, as LangChain4j has it
 * @param author the id of the endpoint whose words these are: a model's, or a strategy's that made them of several
 * @param confidence how sure it is
 * @param evidence what the endpoint that wrote it says of it
 * @param cost what it cost in all, answers that were thrown away included
 * @param trace how it came about
 */
public record Reply(
        ChatResponse response, String author, Confidence confidence, Evidence evidence, Cost cost, Trace trace) {

    /** Refuses nulls. */
    public Reply {
        Objects.requireNonNull(response, "response");
        Objects.requireNonNull(author, "author");
        Objects.requireNonNull(confidence, "confidence");
        Objects.requireNonNull(evidence, "evidence");
        Objects.requireNonNull(cost, "cost");
        Objects.requireNonNull(trace, "trace");
    }

    /**
     * {@return the reply behind a response that an {@link EndpointChatModel} or {@link EndpointStreamingChatModel} gave;
     * empty for any other response}
     */
    public static Optional<Reply> of(ChatResponse response) {
        return response instanceof ExplainedResponse explained ? Optional.of(explained.reply()) : Optional.empty();
    }

    /** {@return the answer's text; empty if it is a tool call without text} */
    public String text() {
        String text = response.aiMessage().text();
        return text == null ? "" : text;
    }

    /** {@return whether the answer was cut by its limit of tokens, so that it is not whole} */
    public boolean isTruncated() {
        return response.finishReason() == FinishReason.LENGTH;
    }

    /** {@return the answer's first lines, its cost and its confidence} */
    @Override
    public String toString() {
        String text = text();
        return "Reply[" + (text.length() <= 80 ? text : text.substring(0, 80) + "…") + "; " + confidence + "; " + cost
                + "]";
    }
}
