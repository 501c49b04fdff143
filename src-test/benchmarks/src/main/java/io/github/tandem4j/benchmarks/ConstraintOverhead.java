package io.github.tandem4j.benchmarks;

import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.onnx.Decoding;
import io.github.tandem4j.onnx.Generation;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.onnx.grammar.OutputConstraint;
import io.github.tandem4j.smollm2.SmolLm2;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a constraint costs a token on SmolLM2, at temperature 1: the time of a generation after its first token, divided by its
 * tokens, free and under constraints, in turns; the first generation under a constraint apart, since it finds the masks that
 * the others find again.
 */
public final class ConstraintOverhead {

    private static final int ROUNDS = 12;
    private static final int LONGEST = 64;

    private ConstraintOverhead() {}

    private static Map<String, @Nullable OutputConstraint> constraints() {
        Map<String, @Nullable OutputConstraint> all = new LinkedHashMap<>();
        all.put("free", null);
        all.put("any JSON object", OutputConstraint.jsonObject());
        all.put("schema", OutputConstraint.jsonSchema("""
            {"type": "object", "properties": {"title": {"type": "string"}, "tags": {"type": "array", "items":
             {"type": "string"}}, "year": {"type": "integer"}}, "required": ["title", "tags", "year"]}\
            """));
        all.put("schema, bounded strings", OutputConstraint.jsonSchema("""
            {"type": "object", "properties": {"title": {"type": "string", "maxLength": 400}}, "required": ["title"]}\
            """));
        all.put("expression", OutputConstraint.regex("[A-Z][a-z ]{100,}\\."));
        return all;
    }

    /** Prints a line a constraint. */
    public static void main(String[] args) {
        try (OnnxEndpoint endpoint = SmolLm2.open()) {
            int[] prompt = endpoint.promptOf(List.of(UserMessage.from("Describe a film as JSON.")));
            Map<String, List<Double>> milliseconds = new LinkedHashMap<>();
            Map<String, @Nullable OutputConstraint> constraints = constraints();
            for (int round = 0; round < ROUNDS; round++) {
                for (Map.Entry<String, @Nullable OutputConstraint> each : constraints.entrySet()) {
                    Decoding decoding =
                            Decoding.greedy().temperature(1).seed(round).maxTokens(LONGEST);
                    OutputConstraint constraint = each.getValue();
                    Generation made = endpoint.model()
                            .generate(prompt, constraint == null ? decoding : decoding.constrainedTo(constraint));
                    double time = (made.total().toNanos() - made.toFirstToken().toNanos()) / 1e6;
                    milliseconds
                            .computeIfAbsent(each.getKey(), name -> new ArrayList<>())
                            .add(time / Math.max(1, made.tokenIds().length - 1));
                }
            }
            milliseconds.forEach((name, times) -> {
                double first = times.remove(0);
                Collections.sort(times);
                System.out.printf(
                        "%-24s first %6.2f, then median %6.2f, least %6.2f ms a token%n",
                        name, first, times.get(times.size() / 2), times.get(0));
            });
        }
    }
}
