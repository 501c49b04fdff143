package io.github.tandem4j;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tool calls of an answer, for comparison: which, how often, with what; their ids and their order do not count.
 *
 * @param counts how often each call is made
 */
record ToolCalls(Map<Call, Integer> counts) {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** One call: its arguments are a value that equals another's if their JSON says the same. */
    record Call(String tool, Object arguments) {}

    static ToolCalls of(AiMessage message) {
        Map<Call, Integer> counts = new HashMap<>();
        for (ToolExecutionRequest request : message.toolExecutionRequests()) {
            counts.merge(new Call(String.valueOf(request.name()), arguments(request.arguments())), 1, Integer::sum);
        }
        return new ToolCalls(Map.copyOf(counts));
    }

    private static Object arguments(@Nullable String json) {
        if (json == null || json.isBlank()) {
            return Map.of(); // how providers write a call without arguments differs
        }
        try {
            return value(JSON.readTree(json));
        } catch (JsonProcessingException e) {
            return json.strip(); // a model's slip: it agrees with the same slip alone
        }
    }

    private static Object value(JsonNode node) {
        if (node.isObject()) {
            Map<String, Object> fields = new HashMap<>();
            node.properties().forEach(field -> fields.put(field.getKey(), value(field.getValue())));
            return fields;
        }
        if (node.isArray()) {
            List<Object> elements = new ArrayList<>(node.size());
            node.forEach(element -> elements.add(value(element)));
            return elements;
        }
        return node.isNumber() ? node.decimalValue().stripTrailingZeros() : node;
    }
}
