package io.github.tandem4j.examples;

import static io.github.tandem4j.cascade.Confidences.meanTokenProbability;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.SystemMessage;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.remote.RemoteEndpoint;
import io.github.tandem4j.smollm2.SmolLm2;
import java.time.Duration;
import java.util.Locale;

/** A cascade where LangChain4j takes a chat model: requests with tools pass over the stage that has no use for them. */
public final class AiServiceWithTool {

    private AiServiceWithTool() {}

    /** What LangChain4j implements. */
    public interface Concierge {

        /** Answers a guest. */
        @SystemMessage("You are the concierge of a small hotel. Be brief.")
        String answer(String question);
    }

    /** What the model may call. */
    public static final class Rates {

        /** Tells the price of a room. */
        @Tool("The price of a room for one night, in euros")
        public double priceOf(@P("single or double") String room) {
            return room.toLowerCase(Locale.ROOT).contains("double") ? 140 : 90;
        }
    }

    /** Builds the concierge over a cascade; every call must end in time and within its budget. */
    public static Concierge concierge(ModelEndpoint small, ModelEndpoint large, Object tools) {
        ModelEndpoint cascade = Cascade.startingWith(small)
                .keepWhen(meanTokenProbability().atLeast(0.70))
                .deferTo(large)
                .build();
        return AiServices.builder(Concierge.class)
                .chatModel(cascade.asChatModel(
                        request -> request.deadline(Duration.ofSeconds(30)).spendAtMost("0.01")))
                .tools(tools)
                .build();
    }

    /** Needs the environment variable OPENAI_API_KEY. */
    public static void main(String[] args) {
        try (var small = SmolLm2.open()) {
            ModelEndpoint large = RemoteEndpoint.openAi()
                    .apiKey(System.getenv("OPENAI_API_KEY"))
                    .model("gpt-4o-mini")
                    .maxOutputTokens(500) // or a budget decides how long an answer may be
                    .build();
            System.out.println(concierge(small, large, new Rates()).answer("What is a double room tonight?"));
        }
    }
}
