package io.github.tandem4j.router.outcomes;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Usd;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One line of recorded outcomes. Numbers are checked here, and every complaint names the line and the field. */
final class OutcomeJson {

    private static final Set<String> KNOWN =
            Set.of("id", "benchmark", "subject", "prompt", "turns", "reference", "contaminated", "outcomes");
    private static final Set<String> KNOWN_OF_OUTCOME =
            Set.of("score", "response", "confidence", "cost_usd", "input_tokens", "output_tokens", "latency_ms");
    private static final int MOST_MODELS = 30_000;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(64)
                            .maxNumberLength(100)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(
                    JsonReadFeature
                            .ALLOW_NON_NUMERIC_NUMBERS) // Python writes them; each field says what it makes of them
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private OutcomeJson() {}

    static RecordedQuery parse(String text, String where) {
        JsonNode row;
        try {
            row = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw wrong(where, "is no JSON object: " + e.getOriginalMessage());
        }
        if (!(row instanceof ObjectNode object)) {
            throw wrong(where, "is " + kind(row) + "; valid is an object with id, prompt and outcomes");
        }
        RecordedQuery.Draft draft = new RecordedQuery.Draft();
        draft.id = text(required(object, "id", where), "id", where);
        JsonNode benchmark = object.get("benchmark");
        draft.benchmark = isAbsent(benchmark) ? "" : text(benchmark, "benchmark", where);
        JsonNode subject = object.get("subject");
        draft.subject = isAbsent(subject) ? null : text(subject, "subject", where);
        JsonNode reference = object.get("reference");
        draft.reference = isAbsent(reference) ? null : string(reference, "reference", where);
        JsonNode contaminated = object.get("contaminated");
        if (!isAbsent(contaminated)) {
            if (!contaminated.isBoolean()) {
                throw wrong(where, "contaminated is " + kind(contaminated) + "; valid is true or false");
            }
            draft.contaminated = contaminated.booleanValue();
        }
        turns(object, draft, where);
        outcomes(required(object, "outcomes", where), draft, where);
        ObjectNode unknown = object.deepCopy().without(KNOWN);
        draft.unknown = unknown.isEmpty() ? null : unknown;
        return new RecordedQuery(draft);
    }

    private static void turns(ObjectNode row, RecordedQuery.Draft draft, String where) {
        JsonNode turns = row.get("turns");
        JsonNode prompt = row.get("prompt");
        if (isAbsent(turns) == isAbsent(prompt)) {
            throw wrong(
                    where,
                    "has " + (isAbsent(turns) ? "neither prompt nor turns" : "both a prompt and turns")
                            + "; valid is one of the two");
        }
        if (isAbsent(turns)) {
            draft.turns = List.of(text(prompt, "prompt", where));
            return;
        }
        if (!turns.isArray() || turns.isEmpty()) {
            throw wrong(where, "turns is " + kind(turns) + "; valid is a list of one or more texts");
        }
        List<String> texts = new ArrayList<>(turns.size());
        turns.forEach(turn -> texts.add(text(turn, "turns", where)));
        draft.turns = texts;
        draft.isConversation = true;
    }

    private static void outcomes(JsonNode outcomes, RecordedQuery.Draft draft, String where) {
        if (!outcomes.isObject() || outcomes.size() > MOST_MODELS) {
            throw wrong(
                    where,
                    "outcomes is " + kind(outcomes) + "; valid is an object of at most " + MOST_MODELS
                            + " models, with an outcome each");
        }
        for (Map.Entry<String, JsonNode> field : outcomes.properties()) {
            if (isAbsent(field.getValue())) {
                continue; // a gap
            }
            String model = field.getKey();
            try {
                draft.outcomes.put(model, outcome(field.getValue(), model, where));
            } catch (IllegalArgumentException e) {
                throw wrong(where, e.getMessage() + " (outcome of " + model + ")");
            }
        }
    }

    private static RecordedOutcome outcome(JsonNode found, String model, String where) {
        if (model.isBlank() || !(found instanceof ObjectNode node)) {
            throw wrong(
                    where,
                    "outcome of '" + model + "' is " + kind(found)
                            + "; valid is an object with a score from 0 to 1, under a model's name");
        }
        JsonNode score = required(node, "score", where + ", outcome of " + model);
        RecordedOutcome outcome = RecordedOutcome.scored(number(score, "score", where));
        JsonNode response = node.get("response");
        if (!isAbsent(response)) {
            outcome = outcome.response(string(response, "response", where));
        }
        JsonNode confidence = node.get("confidence");
        if (!isAbsent(confidence) && !isNotFinite(confidence)) {
            outcome = outcome.confidence(number(confidence, "confidence", where));
        }
        JsonNode cost = node.get("cost_usd");
        if (!isAbsent(cost)) {
            number(cost, "cost_usd", where);
            outcome = outcome.cost(Usd.of(cost.decimalValue()));
        }
        JsonNode input = node.get("input_tokens");
        if (!isAbsent(input)) {
            outcome = outcome.inputTokens(count(input, "input_tokens", where));
        }
        JsonNode output = node.get("output_tokens");
        if (!isAbsent(output)) {
            outcome = outcome.outputTokens(count(output, "output_tokens", where));
        }
        JsonNode latency = node.get("latency_ms");
        if (!isAbsent(latency)) {
            outcome = outcome.latencyMs(number(latency, "latency_ms", where));
        }
        ObjectNode unknown = node.deepCopy();
        unknown.remove(KNOWN_OF_OUTCOME);
        return unknown.isEmpty() ? outcome : outcome.unknown(unknown);
    }

    /** A token whose probability was rounded to 0 makes a log-probability that orders nothing: nothing is known. */
    private static boolean isNotFinite(JsonNode confidence) {
        return confidence.isNumber() && !Double.isFinite(confidence.doubleValue());
    }

    private static boolean isAbsent(@Nullable JsonNode node) {
        return node == null || node.isNull();
    }

    private static JsonNode required(JsonNode row, String field, String where) {
        JsonNode node = row.get(field);
        if (node == null || node.isNull()) {
            throw wrong(where, "has no " + field);
        }
        return node;
    }

    private static String string(JsonNode node, String field, String where) {
        if (!node.isTextual()) {
            throw wrong(where, field + " is " + kind(node) + "; valid is a text");
        }
        return node.textValue();
    }

    private static String text(JsonNode node, String field, String where) {
        String text = string(node, field, where);
        if (text.isBlank()) {
            throw wrong(where, field + " is blank; valid is a text with at least one visible character");
        }
        return text;
    }

    private static double number(JsonNode node, String field, String where) {
        if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
            throw wrong(where, field + " is " + kind(node) + "; valid is a finite number");
        }
        return node.doubleValue();
    }

    private static int count(JsonNode node, String field, String where) {
        double number = number(node, field, where);
        if (number < 0 || number > Integer.MAX_VALUE || number != Math.rint(number)) {
            throw wrong(where, field + " is " + node + "; valid is a whole number of zero or more");
        }
        return (int) number;
    }

    /** What was found, without its text: data may be private. */
    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case NUMBER, BOOLEAN, NULL -> node.asText();
            case STRING -> "a text";
            case ARRAY -> "a list of " + node.size();
            case OBJECT -> "an object of " + node.size() + " fields";
            default -> "nothing";
        };
    }

    private static ConfigurationException wrong(String where, String what) {
        return new ConfigurationException(where + " " + what);
    }

    static String format(RecordedQuery query) {
        ObjectNode row = JSON.createObjectNode();
        row.put("id", query.id());
        if (!query.benchmark().isEmpty()) {
            row.put("benchmark", query.benchmark());
        }
        query.subject().ifPresent(subject -> row.put("subject", subject));
        if (query.isConversation()) {
            ArrayNode turns = row.putArray("turns");
            query.turns().forEach(turns::add);
        } else {
            row.put("prompt", query.prompt());
        }
        query.reference().ifPresent(reference -> row.put("reference", reference));
        if (query.isContaminated()) {
            row.put("contaminated", true);
        }
        ObjectNode outcomes = row.putObject("outcomes");
        query.outcomes().forEach((model, outcome) -> outcomes.set(model, format(outcome)));
        ObjectNode unknown = query.unknown();
        if (unknown != null) {
            row.setAll(unknown);
        }
        return row.toString();
    }

    private static ObjectNode format(RecordedOutcome outcome) {
        ObjectNode node = JSON.createObjectNode();
        node.put("score", outcome.score());
        outcome.response().ifPresent(response -> node.put("response", response));
        outcome.confidence().ifPresent(confidence -> node.put("confidence", confidence));
        outcome.cost().ifPresent(cost -> node.put("cost_usd", cost.amount()));
        outcome.inputTokens().ifPresent(tokens -> node.put("input_tokens", tokens));
        outcome.outputTokens().ifPresent(tokens -> node.put("output_tokens", tokens));
        outcome.latency().ifPresent(latency -> node.put("latency_ms", latency.toNanos() / 1e6));
        ObjectNode unknown = outcome.unknown();
        if (unknown != null) {
            node.setAll(unknown);
        }
        return node;
    }
}
