package io.github.tandem4j.router.outcomes;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tandem4j.ConfigurationException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** LLMRouter's routing data: a row for each query and model, gathered by query. */
final class LlmRouterJson {

    private static final int LONGEST_TEXT = 16 << 20;

    private static final JsonMapper JSON = new JsonMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    .maxNumberLength(100)
                    .maxStringLength(LONGEST_TEXT)
                    .build())
            .build());

    private LlmRouterJson() {}

    static RecordedOutcomes read(Path file, OutcomeLimits limits) {
        Map<List<String>, RecordedQuery.Draft> queries = new LinkedHashMap<>();
        try (BufferedReader reader = OutcomesReader.reader(file, limits);
                JsonParser parser = JSON.createParser(reader)) {
            if (parser.nextToken() == JsonToken.START_ARRAY) {
                parser.nextToken();
            }
            MappingIterator<JsonNode> rows = JSON.readerFor(JsonNode.class).readValues(parser);
            long count = 0;
            while (rows.hasNextValue()) {
                JsonNode row = rows.nextValue();
                String where = file + ", row " + ++count;
                if (count > limits.rows()) {
                    throw new ConfigurationException(where + " " + limits.rowsExceeded());
                }
                try {
                    add(row, queries);
                } catch (IllegalArgumentException e) {
                    throw new ConfigurationException(where + " " + e.getMessage(), e);
                }
            }
        } catch (IOException e) {
            throw new ConfigurationException(file + " cannot be read as LLMRouter's JSON: " + e.getMessage(), e);
        }
        if (queries.isEmpty()) {
            throw new ConfigurationException(file + " has no rows; valid is one or more");
        }
        return RecordedOutcomes.of(
                queries.values().stream().map(RecordedQuery::new).toList());
    }

    /** The same query has the same id in every file, and two queries have two. */
    private static UUID idOf(List<String> key) {
        return UUID.nameUUIDFromBytes(String.join("\u0000", key).getBytes(StandardCharsets.UTF_8));
    }

    private static void add(JsonNode row, Map<List<String>, RecordedQuery.Draft> queries) {
        String task = row.path("task_name").asText("");
        String prompt = text(row, "query");
        String truth = row.path("ground_truth").asText("");
        List<String> key = List.of(task, prompt, truth);
        RecordedQuery.Draft query = queries.computeIfAbsent(key, absent -> {
            RecordedQuery.Draft draft = new RecordedQuery.Draft();
            draft.id = "llmrouter-" + idOf(key);
            draft.turns = List.of(prompt);
            draft.benchmark = task.isBlank() ? "" : task;
            draft.reference = truth.isEmpty() ? null : truth;
            return draft;
        });
        String model = text(row, "model_name");
        if (!row.path("performance").isNumber()) {
            throw new IllegalArgumentException("has no number as performance; valid is 0..1");
        }
        RecordedOutcome outcome = RecordedOutcome.scored(row.path("performance").doubleValue());
        if (row.path("response").isTextual()) {
            outcome = outcome.response(row.path("response").textValue());
        }
        if (row.path("input_tokens").canConvertToInt()
                && row.path("output_tokens").canConvertToInt()) {
            outcome = outcome.tokens(
                    row.path("input_tokens").intValue(),
                    row.path("output_tokens").intValue());
        }
        if (row.path("response_time").isNumber()) {
            outcome = outcome.latencyMs(row.path("response_time").doubleValue() * 1000);
        }
        RecordedOutcome known = query.outcomes.get(model);
        if (known != null && !known.equals(outcome)) {
            throw new IllegalArgumentException("is a second outcome of " + model + " for one query; valid is one");
        }
        query.outcomes.put(model, outcome);
    }

    private static String text(JsonNode row, String field) {
        String text = row.path(field).asText("");
        if (text.isBlank()) {
            throw new IllegalArgumentException("has no " + field);
        }
        return text;
    }
}
