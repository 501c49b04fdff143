package io.github.tandem4j.cascade;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Signs in an answer's text that it is no good, whatever its tokens' probabilities. Each is seen or not; as a
 * {@link #absence() measure} it is a raw score of 0 or 1.
 */
public enum TextSignal {
    /** There is no visible text, and no tool call either. */
    EMPTY("empty") {
        @Override
        public boolean isIn(Request request, Reply reply) {
            return reply.text().isBlank() && !reply.response().aiMessage().hasToolExecutionRequests();
        }

        @Override
        boolean isRuledOut(Request request, CharSequence start) {
            return !start.toString().isBlank();
        }
    },
    /** The answer was cut by its limit of tokens. */
    TRUNCATED("cut by its limit of tokens") {
        @Override
        public boolean isIn(Request request, Reply reply) {
            return reply.isTruncated();
        }

        @Override
        boolean isRuledOut(Request request, CharSequence start) {
            return false;
        }
    },
    /** The answer opens by declining or by pleading ignorance, in English, or a filter stopped it. */
    REFUSAL("a refusal") {
        @Override
        public boolean isIn(Request request, Reply reply) {
            return reply.response().finishReason() == FinishReason.CONTENT_FILTER
                    || DECLINES.matcher(reply.text()).lookingAt();
        }

        /** A filter that stops the answer later is not foreseen. */
        @Override
        boolean isRuledOut(Request request, CharSequence start) {
            Matcher matcher = DECLINES.matcher(start);
            return !matcher.lookingAt() && !matcher.hitEnd();
        }
    },
    /** The request asked for JSON, and the answer is none, or breaks the schema that the request names. */
    BROKEN_JSON("JSON that breaks the request's format") {
        @Override
        public boolean isIn(Request request, Reply reply) {
            ResponseFormat format = request.chat().responseFormat();
            return format != null
                    && format.type() == ResponseFormatType.JSON
                    && !reply.response().aiMessage().hasToolExecutionRequests()
                    && !JsonConformance.conforms(reply.text(), format.jsonSchema());
        }

        @Override
        boolean isRuledOut(Request request, CharSequence start) {
            ResponseFormat format = request.chat().responseFormat();
            return format == null || format.type() != ResponseFormatType.JSON;
        }
    },
    /**
     * The answer calls a tool that the request does not offer, or with arguments that are no JSON object or break the
     * tool's parameters; or it calls none though the request requires a call.
     */
    BROKEN_TOOL_CALL("a tool call that the request's tools do not allow") {
        @Override
        public boolean isIn(Request request, Reply reply) {
            List<ToolSpecification> tools = request.chat().toolSpecifications();
            AiMessage answer = reply.response().aiMessage();
            if (!answer.hasToolExecutionRequests()) {
                return !tools.isEmpty() && request.chat().toolChoice() == ToolChoice.REQUIRED;
            }
            return !answer.toolExecutionRequests().stream()
                    .allMatch(call -> tools.stream()
                            .anyMatch(tool -> tool.name().equals(call.name())
                                    && JsonConformance.conforms(call.arguments(), tool.parameters())));
        }

        @Override
        boolean isRuledOut(Request request, CharSequence start) {
            return request.chat().toolSpecifications().isEmpty();
        }
    };

    private static final Pattern DECLINES = Pattern.compile(
            "\\s*(?:(?:i['’]?m|i am) (?:(?:very |so |really )?sorry|(?:not able|unable) to|afraid)"
                    + "|(?:sorry|unfortunately|apologies)\\b"
                    + "|i (?:can(?:no|['’])t|cannot|do(?:n['’]t| not) (?:know|have)|won['’]t|will not)\\b"
                    + "|as an ai\\b)",
            Pattern.CASE_INSENSITIVE);

    private static final List<TextSignal> MALFORMED = List.of(EMPTY, TRUNCATED, BROKEN_JSON, BROKEN_TOOL_CALL);

    private final String description;

    TextSignal(String description) {
        this.description = description;
    }

    /** {@return whether the answer to this request shows the sign} */
    public abstract boolean isIn(Request request, Reply reply);

    /** {@return whether the sign cannot show in any answer to this request that begins so} */
    abstract boolean isRuledOut(Request request, CharSequence start);

    /** {@return the first sign that the answer is no whole answer of the form that was asked for; empty if it is} */
    static Optional<TextSignal> malformed(Request request, Reply reply) {
        return MALFORMED.stream().filter(signal -> signal.isIn(request, reply)).findFirst();
    }

    /** {@return whether no form is asked for that only a whole answer can be seen to break} */
    static boolean asksForNoForm(Request request) {
        return BROKEN_JSON.isRuledOut(request, "") && BROKEN_TOOL_CALL.isRuledOut(request, "");
    }

    /** {@return what the sign says of an answer, such as {@code empty}} */
    public String description() {
        return description;
    }

    /** {@return the raw score 1 where the sign is absent and 0 where it is there} */
    public ConfidenceMeasure absence() {
        return (request, reply) -> Confidence.rawScore(isIn(request, reply) ? 0 : 1, "answer is not " + description);
    }
}
