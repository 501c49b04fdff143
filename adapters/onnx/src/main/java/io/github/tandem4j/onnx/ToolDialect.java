package io.github.tandem4j.onnx;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import io.github.tandem4j.onnx.grammar.OutputConstraint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How a family of models writes the calls of tools. */
enum ToolDialect {
    /** Calls between tags, after a text or without one, also several: Hermes, Qwen. */
    TAGGED("arguments") {
        @Override
        OutputConstraint calls(OutputConstraint call) {
            OutputConstraint tagged = exactly(OPEN + "\n").then(call).then(exactly("\n" + CLOSE));
            OutputConstraint more = exactly("\n").then(tagged).repeated(1, MOST_CALLS - 1);
            return tagged.or(tagged.then(more));
        }

        @Override
        OutputConstraint freely(OutputConstraint calls) {
            return text().or(text().then(calls));
        }

        @Override
        OutputConstraint text() {
            return OutputConstraint.textWithout(OPEN);
        }

        @Override
        Parsed parse(String text) {
            List<ToolExecutionRequest> calls = new ArrayList<>();
            int first = text.indexOf(OPEN);
            for (int at = first; at >= 0; ) {
                int end = text.indexOf(CLOSE, at);
                ToolExecutionRequest call = end < 0 ? null : call(text.substring(at + OPEN.length(), end));
                while (call == null && end >= 0) { // an argument may have the tag in it
                    end = text.indexOf(CLOSE, end + 1);
                    call = end < 0 ? null : call(text.substring(at + OPEN.length(), end));
                }
                if (call == null) {
                    return new Parsed(text, List.of());
                }
                calls.add(call);
                at = text.indexOf(OPEN, end);
            }
            return new Parsed(first < 0 ? text : text.substring(0, first).strip(), List.copyOf(calls));
        }
    },
    /** One call instead of a text: Llama 3.1 and later. */
    BARE("parameters") {
        @Override
        OutputConstraint calls(OutputConstraint call) {
            return call;
        }

        /** A text that begins with a brace is a call. */
        @Override
        OutputConstraint freely(OutputConstraint calls) {
            return text().or(calls);
        }

        @Override
        OutputConstraint text() {
            return OutputConstraint.regex("([^{](.|[\\n\\r\\u0085\\u2028\\u2029])*)?");
        }

        @Override
        Parsed parse(String text) {
            ToolExecutionRequest call = text.startsWith("{") ? call(text) : null;
            return call == null ? new Parsed(text, List.of()) : new Parsed("", List.of(call));
        }
    };

    private static final String OPEN = "<tool_call>";
    private static final String CLOSE = "</tool_call>";

    /** In one answer. */
    private static final int MOST_CALLS = 8;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final String argumentsName;

    ToolDialect(String argumentsName) {
        this.argumentsName = argumentsName;
    }

    /** An answer: its text, which may be empty, and its calls. */
    record Parsed(String text, List<ToolExecutionRequest> calls) {}

    /** The dialect in which a template has written the call of a tool. */
    static Optional<ToolDialect> of(String rendered, String tool) {
        int at = rendered.indexOf(tool);
        if (at < 0) {
            return Optional.empty();
        }
        if (rendered.lastIndexOf(OPEN, at) >= 0 && rendered.indexOf(CLOSE, at) >= 0) {
            return rendered.indexOf("\"arguments\":", at) >= 0 ? Optional.of(TAGGED) : Optional.empty();
        }
        return rendered.indexOf("\"parameters\":", at) >= 0 ? Optional.of(BARE) : Optional.empty();
    }

    /** One call of each kind, as a whole answer. */
    abstract OutputConstraint calls(OutputConstraint call);

    /** A text, or calls. */
    abstract OutputConstraint freely(OutputConstraint calls);

    /** A text that is no call. */
    abstract OutputConstraint text();

    abstract Parsed parse(String text);

    /**
     * Calls of these tools, with arguments as their parameters say.
     *
     * @throws IllegalArgumentException if parameters are described in a way that cannot be enforced
     */
    OutputConstraint callsOf(List<ToolSpecification> tools) {
        OutputConstraint any = null;
        for (ToolSpecification tool : tools) {
            OutputConstraint call = callOf(tool);
            any = any == null ? call : any.or(call);
        }
        if (any == null) {
            throw new IllegalArgumentException("there is no tool to call; valid: one or more");
        }
        return calls(any);
    }

    private OutputConstraint callOf(ToolSpecification tool) {
        OutputConstraint arguments;
        try {
            arguments = OutputConstraint.jsonSchema(JSON.<JsonNode>valueToTree(parametersOf(tool)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("parameters of the tool " + tool.name() + ": " + e.getMessage(), e);
        }
        String start = "{\"name\": " + TextNode.valueOf(tool.name()) + ", \"" + argumentsName + "\": ";
        return exactly(start).then(arguments).then(exactly("}"));
    }

    private static OutputConstraint exactly(String text) {
        return OutputConstraint.choice(List.of(text));
    }

    /** A tool as chat templates expect it. */
    static Map<String, Object> toMap(ToolSpecification tool) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", tool.name());
        function.put("description", tool.description() == null ? "" : tool.description());
        function.put("parameters", parametersOf(tool));
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("type", "function");
        map.put("function", function);
        return map;
    }

    private static Map<String, Object> parametersOf(ToolSpecification tool) {
        if (tool.parameters() == null) {
            return Map.of("type", "object", "properties", Map.of());
        }
        return wordsOf(tool.parameters());
    }

    /**
     * A schema in the words that LangChain4j's modules send to providers.
     *
     * @throws IllegalArgumentException if a raw one is no JSON object
     */
    static Map<String, Object> wordsOf(JsonSchemaElement schema) {
        try {
            return JsonSchemaElementUtils.toMap(schema);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("a raw schema is no JSON object: " + e.getMessage(), e);
        }
    }

    @Nullable
    ToolExecutionRequest call(String json) {
        try {
            JsonNode call = JSON.readTree(json);
            if (call.path("name").isTextual() && call.path(argumentsName).isObject()) {
                return ToolExecutionRequest.builder()
                        .id("call_" + UUID.randomUUID())
                        .name(call.get("name").textValue())
                        .arguments(call.get(argumentsName).toString())
                        .build();
            }
        } catch (JsonProcessingException e) {
            return null; // a call that the limit cut stays the text that it is
        }
        return null;
    }
}
