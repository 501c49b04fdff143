package io.github.tandem4j.onnx;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import io.github.tandem4j.onnx.grammar.OutputConstraint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a request wants its answer to look like: a response format, calls of tools, or both. Remembers the constraints of the
 * latest formats, so that a schema is compiled once. Thread-safe.
 */
final class AnswerForm {
    private static final int MOST_KNOWN = 32;

    private final Optional<ToolDialect> dialect;
    private final Map<Wish, OutputConstraint> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Wish, OutputConstraint> eldest) {
            return size() > MOST_KNOWN;
        }
    };

    /** Loaded with the first schema and not at open: it takes a new process a fifth of a second. */
    private static final class Json {
        static final JsonMapper MAPPER = new JsonMapper();
    }

    /** What of a request decides the form of its answer. */
    private record Wish(@Nullable ResponseFormat format, List<ToolSpecification> tools, boolean mustCall) {}

    AnswerForm(Optional<ToolDialect> dialect) {
        this.dialect = dialect;
    }

    /** The tools that the model is told of. */
    List<ToolSpecification> toolsOf(ChatRequest chat) {
        return chat.toolChoice() == ToolChoice.NONE ? List.of() : chat.toolSpecifications();
    }

    boolean mayCallTools(ChatRequest chat) {
        return dialect.isPresent() && !toolsOf(chat).isEmpty();
    }

    /**
     * What the answer is held to; null if it is free.
     *
     * @throws IllegalArgumentException if a schema cannot be enforced
     */
    @Nullable
    OutputConstraint constraintOf(ChatRequest chat) {
        ResponseFormat format = chat.responseFormat();
        boolean isJson = format != null && format.type() == ResponseFormatType.JSON;
        List<ToolSpecification> tools = mayCallTools(chat) ? List.copyOf(toolsOf(chat)) : List.of();
        if (!isJson && tools.isEmpty()) {
            return null;
        }
        Wish wish = new Wish(isJson ? format : null, tools, chat.toolChoice() == ToolChoice.REQUIRED);
        synchronized (known) {
            OutputConstraint before = known.get(wish);
            if (before != null) {
                return before;
            }
        }
        OutputConstraint made = made(wish);
        synchronized (known) {
            known.put(wish, made);
        }
        return made;
    }

    private OutputConstraint made(Wish wish) {
        OutputConstraint json = wish.format() == null ? null : jsonOf(wish.format());
        if (wish.tools().isEmpty()) {
            return json == null ? OutputConstraint.jsonObject() : json;
        }
        ToolDialect speech = dialect.orElseThrow();
        OutputConstraint calls = speech.callsOf(wish.tools());
        if (wish.mustCall()) {
            return calls;
        }
        // A text that is neither could not become JSON any more.
        return json == null ? speech.freely(calls) : json.or(calls);
    }

    private static OutputConstraint jsonOf(ResponseFormat format) {
        if (format.jsonSchema() == null) {
            return OutputConstraint.jsonObject();
        }
        return OutputConstraint.jsonSchema(Json.MAPPER.<JsonNode>valueToTree(
                ToolDialect.wordsOf(format.jsonSchema().rootElement())));
    }

    AiMessage messageOf(ChatRequest chat, String text) {
        if (!mayCallTools(chat)) {
            return AiMessage.from(text);
        }
        ToolDialect.Parsed parsed = dialect.orElseThrow().parse(text);
        if (parsed.calls().isEmpty()) {
            return AiMessage.from(text);
        }
        return parsed.text().isEmpty() ? AiMessage.from(parsed.calls()) : AiMessage.from(parsed.text(), parsed.calls());
    }
}
