package io.github.tandem4j.cascade;

import static io.github.tandem4j.cascade.Confidences.meanTokenProbability;
import static io.github.tandem4j.cascade.Confidences.minimumTokenProbability;
import static io.github.tandem4j.cascade.Confidences.reported;
import static io.github.tandem4j.cascade.Confidences.tokenProbabilityQuantile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers made to be dear to judge. What is dear here would take hours. */
@Timeout(60)
class HostileAnswerTest {

    private static JsonSchemaElement of(String type) {
        return JsonObjectSchema.builder()
                .addProperty("type", JsonEnumSchema.builder().enumValues(type).build())
                .addProperty(
                        "child", JsonReferenceSchema.builder().reference("node").build())
                .required("type")
                .build();
    }

    @Test
    void alternativesWithinAlternativesAreHeldAgainstEachValueOnce() {
        JsonSchemaElement node = JsonAnyOfSchema.builder()
                .anyOf(List.of(of("sum"), of("product")))
                .build();
        JsonSchema schema = JsonSchema.builder()
                .rootElement(JsonObjectSchema.builder()
                        .addProperty(
                                "child",
                                JsonReferenceSchema.builder().reference("node").build())
                        .definitions(Map.of("node", node))
                        .build())
                .build();
        int depth = 300;
        String open = "{\"child\":".repeat(depth);
        String close = ",\"type\":\"sum\"}".repeat(depth - 1) + "}";
        assertThat(JsonConformance.conforms(open + "{\"type\":\"other\"}" + close, schema))
                .isFalse();
        assertThat(JsonConformance.conforms(open + "{\"type\":\"sum\"}" + close, schema))
                .isTrue();
    }

    @Test
    void eachTokenIsLookedAtOnce() {
        TokenScores token = TokenScores.of(new float[] {-0.1f});
        for (Threshold rule : List.of(
                minimumTokenProbability().atLeast(0.5),
                meanTokenProbability().atLeast(0.5).keepEarly(0.99).deferEarly(0.01))) {
            RunningJudge judge = rule.whileAnswering(Request.of("?"));
            for (int i = 0; i < 1_000_000; i++) {
                assertThat(judge.hear("word", token).isPresent()).isFalse();
            }
        }
    }

    @Test
    void measuresOfWholeAnswersHaveNoBoundaries() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reported().atLeast(0.5).keepEarly(0.9))
                .withMessageContaining("running form");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokenProbabilityQuantile(0.1).atLeast(0.5).deferEarly(0.1))
                .withMessageContaining("running form");
        assertThat(tokenProbabilityQuantile(0.1).atLeast(0.5).whileAnswering(Request.of("?")))
                .isSameAs(RunningJudge.PATIENT);
    }
}
