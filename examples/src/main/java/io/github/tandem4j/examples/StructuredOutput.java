package io.github.tandem4j.examples;

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

    /** What is to be found in a text. */
    public record Person(@Description("the full name") String name, @Description("in years") int age) {}

    /** What LangChain4j implements: it asks for the record's JSON schema, and the model keeps to it. */
    public interface Extractor {

        /** Finds the person in a text. */
        @dev.langchain4j.service.UserMessage("Who is this about? {{it}}")
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

    /** A text's label, without LangChain4j. */
    public static String moodOf(OnnxEndpoint model, String text) {
        int[] prompt = model.promptOf(List.of(UserMessage.from("Is this review positive or negative? " + text)));
        OutputConstraint mood = OutputConstraint.choice(List.of("positive", "negative"));
        return model.model()
                .generate(prompt, Decoding.greedy().constrainedTo(mood))
                .text();
    }

    /** Needs no key. */
    public static void main(String[] args) {
        try (OnnxEndpoint small = SmolLm2.open()) {
            System.out.println(extractor(small).personIn("Maria Santos, 34, lives in Lisbon."));
            System.out.println(moodOf(small, "The best film I have seen in years!"));
        }
    }
}
