package io.github.tandem4j.examples;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.output.structured.Description;
import dev.langchain4j.service.AiServices;
import io.github.tandem4j.onnx.Decoding;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.onnx.grammar.OutputConstraint;
import io.github.tandem4j.smollm2.SmolLm2;
import java.util.List;

/** A model of 135 million parameters whose JSON is valid and whose labels are known ones, since nothing else is let through. */
public final class StructuredOutput {

    private StructuredOutput() {}

    /** What is to be found in a text; what is not required, a model may leave out. */
    public record Person(
            @JsonProperty(required = true) @Description("the full name")
            String name,

            @JsonProperty(required = true) @Description("in years")
            int age) {}

    /** What LangChain4j implements: it asks for the record's JSON schema, and the model keeps to it. */
    public interface Extractor {

        /** Finds the person in a text. */
        @dev.langchain4j.service.UserMessage(
                "Write the person's name and age as JSON, such as {\"name\": \"Jo Li\", \"age\": 20}. Text: {{it}}")
        Person personIn(String text);
    }

    /** An extractor over a local model. */
    public static Extractor extractor(OnnxEndpoint model) {
        return AiServices.builder(Extractor.class)
                .chatModel(model.asChatModel()
                        .withDefaults(ChatRequestParameters.builder()
                                .maxOutputTokens(200)
                                .build()))
                .build();
    }

    /** Whether a reviewer is happy, yes or no, without LangChain4j. */
    public static String happinessOf(OnnxEndpoint model, String text) {
        int[] prompt = model.promptOf(
                List.of(UserMessage.from("Review: " + text + "\nIs the reviewer happy? Answer yes or no.")));
        OutputConstraint yesOrNo = OutputConstraint.choice(List.of("yes", "no"));
        return model.model()
                .generate(prompt, Decoding.greedy().constrainedTo(yesOrNo))
                .text();
    }

    /** Needs no key. */
    public static void main(String[] args) {
        try (OnnxEndpoint small = SmolLm2.open()) {
            System.out.println(extractor(small).personIn("Maria Santos, 34, lives in Lisbon."));
            System.out.println(happinessOf(small, "The best film I have seen in years!"));
        }
    }
}
