package io.github.tandem4j.langchain4j;

import static io.github.tandem4j.ModelCapability.JSON_SCHEMA;
import static io.github.tandem4j.ModelCapability.TOOLS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.output.OutputParsingException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.fusion.Fusion;
import io.github.tandem4j.pipeline.Handoffs;
import io.github.tandem4j.pipeline.Pipeline;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** AI services over a routing and over a cascade that defers in the middle; the traces say who answered. */
class AiServiceTest {

    interface Assistant {
        Result<String> chat(String question);
    }

    interface StreamingAssistant {
        TokenStream chat(String question);
    }

    record Person(String name, int age, boolean married) {}

    interface Extractor {
        @UserMessage("Extract the person from the following text: {{it}}")
        Result<Person> personIn(String text);
    }

    /** A tool that is asked for, and counts how often. */
    static final class Weather {
        private final List<String> cities = new CopyOnWriteArrayList<>();

        @Tool
        String getWeather(@P("city") String city) {
            cities.add(city);
            return "sunny";
        }
    }

    /** Remembers the replies behind all responses of a model. */
    private static final class Replies implements ChatModelListener {
        private final List<Reply> all = new CopyOnWriteArrayList<>();

        @Override
        public void onResponse(ChatModelResponseContext context) {
            all.add(Reply.of(context.chatResponse()).orElseThrow());
        }

        List<String> authors() {
            return all.stream().map(Reply::author).toList();
        }
    }

    private static Reply replyOf(Result<?> result) {
        return Reply.of(result.finalResponse()).orElseThrow();
    }

    /** Lets the small endpoint call tools; what is made of their results is deferred. */
    private static ModelEndpoint deferringResults() {
        return Cascade.startingWith(Strategies.local(new ObedientModel("small-1")))
                .keepWhen((request, reply) -> reply.response().aiMessage().hasToolExecutionRequests()
                        ? Verdict.keep("a tool call")
                        : Verdict.defer("an answer"))
                .deferTo(Strategies.remote(new ObedientModel("large-1")))
                .build();
    }

    @Test
    void aRoutingSendsEachTurnWhereItBelongs() {
        Replies replies = new Replies();
        Weather weather = new Weather();
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatModel(Strategies.routing().asChatModel().listenedBy(replies))
                .tools(weather)
                .build();
        Result<String> result = assistant.chat("What is the weather in Munich?");

        assertThat(result.content()).contains("sunny");
        assertThat(weather.cities).containsExactly("Munich");
        assertThat(replies.authors()).containsExactly("large", "large");
        assertThat(replyOf(result).trace().toString()).contains("chose large", "has tools");
    }

    @Test
    void aCascadeDefersBetweenAToolCallAndItsAnswer() {
        Replies replies = new Replies();
        Weather weather = new Weather();
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatModel(deferringResults().asChatModel().listenedBy(replies))
                .tools(weather)
                .build();
        Result<String> result = assistant.chat("What is the weather in Munich?");

        assertThat(result.content()).contains("sunny");
        assertThat(weather.cities).containsExactly("Munich");
        assertThat(replies.authors()).containsExactly("small", "large");
        assertThat(Reply.of(result.intermediateResponses().get(0)).map(Reply::author))
                .contains("small");
        assertThat(replyOf(result).trace().find("small")).isPresent();
        assertThat(replyOf(result).trace().find("large")).isPresent();
    }

    @Test
    void structuredOutputComesThroughAndBrokenOutputIsDeferred() {
        ModelEndpoint vague = ScriptedEndpoint.named("vague")
                .profile(ModelProfile.local().can(JSON_SCHEMA).build())
                .says("Somebody called Klaus, I think.")
                .build();
        ModelEndpoint cascade = Cascade.startingWith(vague)
                .keepWhen((request, reply) ->
                        reply.text().startsWith("{") ? Verdict.keep("an object") : Verdict.defer("no object"))
                .deferTo(Strategies.remote(new ObedientModel("large-1")))
                .build();
        for (ModelEndpoint endpoint : List.of(Strategies.routing(), cascade)) {
            Result<Person> result = AiServices.create(Extractor.class, endpoint.asChatModel())
                    .personIn("Klaus is 37 years old and single");

            assertThat(result.content()).isEqualTo(new Person("Klaus", 37, false));
            assertThat(replyOf(result).author()).isEqualTo(endpoint == cascade ? "large" : "small");
        }
    }

    @Test
    void structuredOutputThatWasCutIsDeferredOrFailsAndIsNeverAnObject() {
        ModelEndpoint cut = ScriptedEndpoint.named("cut")
                .profile(ModelProfile.local().can(JSON_SCHEMA).build())
                .says(ScriptedAnswer.of("{\"name\": \"Klaus\", \"age\": 3").endingBy(FinishReason.LENGTH))
                .build();
        ModelEndpoint large = Strategies.remote(new ObedientModel("large-1"));
        ModelEndpoint cascade = Cascade.startingWith(cut)
                .keepWhen((request, reply) -> Verdict.keep("always"))
                .deferTo(large)
                .build();
        String text = "Klaus is 37 years old and single";
        assertThat(AiServices.create(Extractor.class, cascade.asChatModel())
                        .personIn(text)
                        .content())
                .isEqualTo(new Person("Klaus", 37, false));
        for (ModelEndpoint endpoint : List.of(
                cut,
                Fusion.of(cut).build(),
                Pipeline.startingWith("draft", large)
                        .then("refine", cut, Handoffs.refine())
                        .build())) {
            Extractor extractor = AiServices.create(Extractor.class, endpoint.asChatModel());
            assertThatThrownBy(() -> extractor.personIn(text)).isInstanceOf(OutputParsingException.class);
        }
    }

    @Test
    void aConversationIsRememberedWhoeverAnsweredItsTurns() {
        Replies replies = new Replies();
        MessageWindowChatMemory memory = MessageWindowChatMemory.withMaxMessages(10);
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatModel(Strategies.cascade().asChatModel().listenedBy(replies))
                .chatMemory(memory)
                .build();
        assistant.chat("My favorite color is green");
        Result<String> result = assistant.chat("What is my favorite color?");

        assertThat(result.content()).contains("green");
        assertThat(replies.authors()).containsExactly("large", "small"); // the first answer is long, so it is deferred
        assertThat(memory.messages()).hasSize(4);
    }

    @Test
    void retrievedContentReachesWhoeverAnswers() {
        for (ModelEndpoint endpoint : List.of(Strategies.routing(), Strategies.cascade())) {
            Assistant assistant = AiServices.builder(Assistant.class)
                    .chatModel(endpoint.asChatModel())
                    .contentRetriever(query -> List.of(Content.from("The hotel's breakfast ends at eleven.")))
                    .build();
            Result<String> result = assistant.chat("When does breakfast end?");

            assertThat(result.content()).contains("eleven");
            assertThat(result.sources()).hasSize(1);
            assertThat(replyOf(result).author()).isEqualTo(endpoint.id().equals("routing") ? "small" : "large");
        }
    }

    @Test
    void aTokenStreamRunsItsToolsThroughARouting() throws Exception {
        assertStreams(Strategies.routing(), List.of("large", "large"));
    }

    @Test
    void aTokenStreamRunsItsToolsThroughACascadeThatDefersInTheMiddle() throws Exception {
        assertStreams(deferringResults(), List.of("small", "large"));
    }

    private static void assertStreams(ModelEndpoint endpoint, List<String> authors) throws Exception {
        Replies replies = new Replies();
        Weather weather = new Weather();
        MessageWindowChatMemory memory = MessageWindowChatMemory.withMaxMessages(10);
        StreamingAssistant assistant = AiServices.builder(StreamingAssistant.class)
                .streamingChatModel(endpoint.asStreamingChatModel().listenedBy(replies))
                .chatMemory(memory)
                .tools(weather)
                .build();
        List<ChatResponse> intermediate = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        ChatResponse response = completed(assistant
                .chat("What is the weather in Munich?")
                .onPartialResponse(text::append)
                .onIntermediateResponse(intermediate::add));

        assertThat(response.aiMessage().text()).contains("sunny").isEqualTo(text.toString());
        assertThat(weather.cities).containsExactly("Munich");
        assertThat(replies.authors()).isEqualTo(authors);
        assertThat(intermediate)
                .singleElement()
                .satisfies(call -> assertThat(Reply.of(call).map(Reply::author)).contains(authors.get(0)));
        assertThat(memory.messages()).hasSize(4);
    }

    @Test
    void aTokenStreamThatFailsInTheMiddleEndsWithItsError() throws Exception {
        ModelEndpoint failing = ScriptedEndpoint.named("failing")
                .profile(ModelProfile.local().can(TOOLS).build())
                .plays(new ObedientModel("small-1"))
                .fails(() -> new IllegalStateException("a bug"))
                .build();
        StreamingAssistant assistant = AiServices.builder(StreamingAssistant.class)
                .streamingChatModel(failing.asStreamingChatModel())
                .tools(new Weather())
                .build();
        CompletableFuture<Throwable> error = new CompletableFuture<>();
        Consumer<ChatResponse> never =
                response -> error.completeExceptionally(new AssertionError("completed with " + response));
        assistant
                .chat("What is the weather in Munich?")
                .onPartialResponse(text -> {})
                .onCompleteResponse(never)
                .onError(error::complete)
                .start();

        assertThat(error.get(30, TimeUnit.SECONDS)).hasMessageContaining("a bug");
    }

    private static ChatResponse completed(TokenStream stream) throws Exception {
        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        stream.onCompleteResponse(end::complete)
                .onError(end::completeExceptionally)
                .start();
        return end.get(30, TimeUnit.SECONDS);
    }
}
