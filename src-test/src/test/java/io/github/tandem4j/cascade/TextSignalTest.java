package io.github.tandem4j.cascade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextSignalTest {

    private static final Request PLAIN = Request.of("?");

    private static Reply reply(ScriptedAnswer answer) {
        return ScriptedEndpoint.named("m")
                .profile(ModelProfile.local().can(ModelCapability.JSON_SCHEMA).build())
                .says(answer)
                .build()
                .answer("?");
    }

    private static Request json(@Nullable JsonSchemaElement root) {
        return Request.of(ChatRequest.builder()
                .messages(UserMessage.from("?"))
                .responseFormat(ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(
                                root == null
                                        ? null
                                        : JsonSchema.builder()
                                                .name("answer")
                                                .rootElement(root)
                                                .build())
                        .build())
                .build());
    }

    private static boolean broken(@Nullable JsonSchemaElement schema, String text) {
        return TextSignal.BROKEN_JSON.isIn(json(schema), reply(ScriptedAnswer.of(text)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "I'm sorry, but no.",
                "  I’m not able to say.",
                "I am unable to help",
                "i don't know.",
                "I do not have that",
                "I cannot",
                "I can’t",
                "Unfortunately, no",
                "As an AI language model"
            })
    void seesARefusalAtTheOpening(String text) {
        assertThat(TextSignal.REFUSAL.isIn(PLAIN, reply(ScriptedAnswer.of(text))))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Paris.", "He said: I cannot.", "I can", "I candidly agree", "As an aid to memory", "Sorrynot"})
    void seesNoneElsewhere(String text) {
        assertThat(TextSignal.REFUSAL.isIn(PLAIN, reply(ScriptedAnswer.of(text))))
                .isFalse();
    }

    @Test
    void seesAFilterATruncationAndAnEmptyAnswer() {
        assertThat(TextSignal.REFUSAL.isIn(
                        PLAIN, reply(ScriptedAnswer.of("Well").endingBy(FinishReason.CONTENT_FILTER))))
                .isTrue();
        assertThat(TextSignal.TRUNCATED.isIn(
                        PLAIN, reply(ScriptedAnswer.of("Well").endingBy(FinishReason.LENGTH))))
                .isTrue();
        assertThat(TextSignal.TRUNCATED.isIn(PLAIN, reply(ScriptedAnswer.of("Well"))))
                .isFalse();
        assertThat(TextSignal.EMPTY.isIn(PLAIN, reply(ScriptedAnswer.of(" \n "))))
                .isTrue();
        assertThat(TextSignal.EMPTY
                        .absence()
                        .measure(PLAIN, reply(ScriptedAnswer.of("")))
                        .value())
                .isZero();
        assertThat(TextSignal.EMPTY
                        .absence()
                        .measure(PLAIN, reply(ScriptedAnswer.of("x")))
                        .value())
                .isOne();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{} {}", "Sure: {}", "```json\n{}\n```", "{'a': 1}", "NaN"})
    void seesWhatIsNoJson(String text) {
        assertThat(broken(null, text)).isTrue();
        assertThat(TextSignal.BROKEN_JSON.isIn(PLAIN, reply(ScriptedAnswer.of(text))))
                .as("nobody asked for JSON")
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"name\": \"Ann\"}                                          | false",
                "{\"name\": \"Ann\", \"age\": 3, \"tags\": [\"a\"]}           | false",
                "{\"name\": \"Ann\", \"colour\": \"red\"}                     | false",
                "{\"name\": \"Ann\", \"colour\": \"mauve\"}                   | true",
                "{\"age\": 3}                                                 | true",
                "{\"name\": 3}                                                | true",
                "{\"name\": \"Ann\", \"age\": 3.5}                            | true",
                "{\"name\": \"Ann\", \"age\": \"3\"}                          | true",
                "{\"name\": \"Ann\", \"tags\": [1]}                           | true",
                "{\"name\": \"Ann\", \"tags\": {}}                            | true",
                "{\"name\": \"Ann\", \"more\": 1}                             | true",
                "[\"Ann\"]                                                    | true",
                "\"Ann\"                                                      | true",
                "null                                                         | true"
            })
    void seesWhatBreaksTheSchema(String text, boolean isBroken) {
        JsonObjectSchema schema = JsonObjectSchema.builder()
                .addStringProperty("name")
                .addIntegerProperty("age")
                .addEnumProperty("colour", List.of("red", "green"))
                .addProperty(
                        "tags",
                        JsonArraySchema.builder()
                                .items(JsonStringSchema.builder().build())
                                .build())
                .required("name")
                .additionalProperties(false)
                .build();
        assertThat(broken(schema, text)).isEqualTo(isBroken);
    }

    @Test
    void followsReferencesAsDeepAsTheAnswerAndNoFurther() {
        JsonObjectSchema node = JsonObjectSchema.builder()
                .addStringProperty("value")
                .addProperty(
                        "next", JsonReferenceSchema.builder().reference("node").build())
                .required("value")
                .build();
        JsonObjectSchema list = JsonObjectSchema.builder()
                .addProperty(
                        "head", JsonReferenceSchema.builder().reference("node").build())
                .definitions(Map.of("node", node))
                .build();
        assertThat(broken(list, "{\"head\":{\"value\":\"a\",\"next\":{\"value\":\"b\"}}}"))
                .isFalse();
        assertThat(broken(list, "{\"head\":{\"value\":\"a\",\"next\":{\"value\":2}}}"))
                .isTrue();

        JsonReferenceSchema itself =
                JsonReferenceSchema.builder().reference("circle").build();
        JsonObjectSchema circular = JsonObjectSchema.builder()
                .addProperty("it", itself)
                .definitions(Map.of(
                        "circle",
                        JsonAnyOfSchema.builder().anyOf(itself, itself).build()))
                .build();
        assertThat(broken(circular, "{\"it\":1}"))
                .as("a schema that refers to nothing but itself")
                .isTrue();
    }

    @Test
    void survivesJsonNestedBeyondReason() {
        assertThat(broken(null, "[".repeat(100_000) + "]".repeat(100_000))).isTrue();
    }

    @Test
    void measuresReadTheTokenScores() {
        TokenScores scores = TokenScores.of(
                new float[] {(float) Math.log(0.5), (float) Math.log(0.25), 0f},
                new float[] {1f, 2f, 0f},
                new float[] {0.1f, 0.3f, 0.8f});
        Reply reply = reply(ScriptedAnswer.of("x").scored(scores));
        assertThat(Confidences.meanTokenProbability().measure(PLAIN, reply).value())
                .isCloseTo(0.5, within(1e-6));
        assertThat(Confidences.minimumTokenProbability().measure(PLAIN, reply).value())
                .isCloseTo(0.25, within(1e-6));
        assertThat(Confidences.tokenProbabilityQuantile(0.5)
                        .measure(PLAIN, reply)
                        .value())
                .isCloseTo(0.5, within(1e-6));
        assertThat(Confidences.tokenProbabilityQuantile(0.25)
                        .measure(PLAIN, reply)
                        .value())
                .isCloseTo(Math.sqrt(0.125), within(1e-6));
        assertThat(Confidences.sequenceProbability().measure(PLAIN, reply).value())
                .isCloseTo(0.125, within(1e-6));
        assertThat(Confidences.meanEntropy().measure(PLAIN, reply).value()).isCloseTo(1.0, within(1e-6));
        assertThat(Confidences.meanMargin().measure(PLAIN, reply).value()).isCloseTo(0.4, within(1e-6));
        assertThat(Confidences.meanEntropy().atMost(0.9).judge(PLAIN, reply).keeps())
                .isFalse();
        assertThat(Confidences.meanEntropy().atMost(1.1).judge(PLAIN, reply).keeps())
                .isTrue();
        assertThat(Confidences.reported().measure(PLAIN, reply).value()).isCloseTo(0.5, within(1e-6));
    }

    @Test
    void whatIsNotKnownIsNeverKept() {
        Reply bare = reply(ScriptedAnswer.of("x"));
        Reply narrow = reply(ScriptedAnswer.of("x").withTokenProbabilities(0.9));
        assertThat(Confidences.meanTokenProbability()
                        .atLeast(-1e9)
                        .judge(PLAIN, bare)
                        .keeps())
                .isFalse();
        assertThat(Confidences.meanEntropy().atMost(1e9).judge(PLAIN, narrow)).satisfies(verdict -> {
            assertThat(verdict.keeps()).isFalse();
            assertThat(verdict.why()).contains("does not see the whole distribution");
        });
    }
}
