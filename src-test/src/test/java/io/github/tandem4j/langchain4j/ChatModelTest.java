package io.github.tandem4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.RetriableException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnresolvedModelServerException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import dev.langchain4j.model.openai.OpenAiChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiTokenUsage;
import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.EndpointChatModel;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Trace;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.WindowExceededException;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.StageFailure;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What LangChain4j is told of an endpoint, its answers and its failures. */
class ChatModelTest {

    private static final ChatRequest HELLO =
            ChatRequest.builder().messages(UserMessage.from("hello")).build();

    /** Remembers the replies behind the responses and the traces behind the errors, and who was said to give them. */
    private static final class Explained implements ChatModelListener {

        private final List<String> events = new ArrayList<>();
        private final List<Trace> traces = new ArrayList<>();

        @Override
        public void onRequest(ChatModelRequestContext context) {
            events.add("request to " + context.modelProvider());
        }

        @Override
        public void onResponse(ChatModelResponseContext context) {
            events.add("response");
            traces.add(Reply.of(context.chatResponse()).orElseThrow().trace());
        }

        @Override
        public void onError(ChatModelErrorContext context) {
            events.add("error");
            traces.add(traceOf(context.error()));
        }
    }

    private static TandemException causeOf(Throwable thrown) {
        return (TandemException) Objects.requireNonNull(thrown.getCause(), "cause");
    }

    private static Trace traceOf(Throwable thrown) {
        return causeOf(thrown).trace().orElseThrow();
    }

    private static ModelEndpoint deferring(ModelEndpoint large) {
        return Cascade.startingWith(ScriptedEndpoint.saying("small", "no idea"))
                .keepWhen((request, reply) -> Verdict.defer("always"))
                .deferTo(large)
                .build();
    }

    @Test
    void theTraceIsReachableFromTheResponseAndFromAListener() {
        Explained listener = new Explained();
        ChatResponse response = deferring(ScriptedEndpoint.saying("large", "an idea"))
                .asChatModel()
                .listenedBy(listener)
                .chat(HELLO);

        Reply reply = Reply.of(response).orElseThrow();
        assertThat(reply.author()).isEqualTo("large");
        assertThat(reply.trace().find("small")).isPresent();
        assertThat(reply.cost().calls()).isEqualTo(2);
        assertThat(listener.events).containsExactly("request to OTHER", "response");
        assertThat(listener.traces).containsExactly(reply.trace());
    }

    @Test
    void theTraceOfAFailureIsReachableFromTheExceptionAndFromAListener() {
        Explained listener = new Explained();
        EndpointChatModel model = deferring(ScriptedEndpoint.named("large")
                        .fails(() -> new RateLimitException("too many requests"))
                        .build())
                .asChatModel()
                .listenedBy(listener);

        RateLimitException thrown = catchThrowableOfType(RateLimitException.class, () -> model.chat(HELLO));
        assertThat(traceOf(thrown).find("small")).map(Trace::outcome).contains(Trace.Outcome.ANSWERED);
        assertThat(traceOf(thrown).find("large")).map(Trace::outcome).contains(Trace.Outcome.FAILED);
        assertThat(listener.events).containsExactly("request to OTHER", "error");
        assertThat(listener.traces).containsExactly(traceOf(thrown));
    }

    @Test
    void everyListenerIsToldOnce() {
        Explained one = new Explained();
        Explained two = new Explained();
        Strategies.cascade().asChatModel().listenedBy(one).listenedBy(two).chat(HELLO);

        assertThat(one.events).containsExactly("request to OTHER", "response");
        assertThat(two.events).isEqualTo(one.events);
    }

    @Test
    void aResponseMadeOfAnExplainedOneKnowsTheSameReply() {
        ChatResponse response = Strategies.cascade().asChatModel().chat(HELLO);
        ChatResponse other =
                response.toBuilder().aiMessage(AiMessage.from("rewritten")).build();

        assertThat(other.aiMessage().text()).isEqualTo("rewritten");
        assertThat(other.metadata()).isSameAs(response.metadata());
        assertThat(Reply.of(other)).isEqualTo(Reply.of(response));
        assertThat(response.toBuilder().build()).isEqualTo(response).hasSameHashCodeAs(response);
    }

    @Test
    void anyOtherResponseHasNoReply() {
        assertThat(Reply.of(ChatResponse.builder()
                        .aiMessage(AiMessage.from("hello"))
                        .build()))
                .isEmpty();
    }

    @Test
    void theProvidersMetadataPassesThroughUntouched() {
        OpenAiChatResponseMetadata metadata = OpenAiChatResponseMetadata.builder()
                .id("1")
                .modelName("gpt")
                .systemFingerprint("fp")
                .tokenUsage(OpenAiTokenUsage.builder()
                        .inputTokenCount(1)
                        .outputTokenCount(2)
                        .build())
                .build();
        ModelEndpoint cascade = deferring(ScriptedEndpoint.named("large")
                .plays((chat, context, tokens) -> Completion.of(ChatResponse.builder()
                        .aiMessage(AiMessage.from("hello"))
                        .metadata(metadata)
                        .build()))
                .build());

        assertThat(cascade.asChatModel().chat(HELLO).metadata()).isSameAs(metadata);
    }

    @Test
    void theLastDefaultCountsAndARequestsOwnParameterBeforeIt() {
        ScriptedEndpoint endpoint = ScriptedEndpoint.saying("small", "hello");
        endpoint.asChatModel()
                .withDefaults(ChatRequestParameters.builder()
                        .temperature(0.1)
                        .topP(0.1)
                        .maxOutputTokens(10)
                        .build())
                .withDefaults(ChatRequestParameters.builder().topP(0.2).build())
                .chat(HELLO.toBuilder().maxOutputTokens(30).build());

        ChatRequestParameters asked = endpoint.asked().get(0).parameters();
        assertThat(asked.temperature()).isEqualTo(0.1);
        assertThat(asked.topP()).isEqualTo(0.2);
        assertThat(asked.maxOutputTokens()).isEqualTo(30);
    }

    @Test
    void aProvidersOwnParametersReachTheModel() {
        ScriptedEndpoint endpoint = ScriptedEndpoint.saying("small", "hello");
        OpenAiChatRequestParameters own =
                OpenAiChatRequestParameters.builder().reasoningEffort("low").build();
        ChatRequestParameters plain =
                ChatRequestParameters.builder().temperature(0.1).build();
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("hello"))
                .parameters(own)
                .build();
        endpoint.asChatModel().chat(request);
        endpoint.asChatModel().withDefaults(plain).chat(request);
        endpoint.asChatModel().withDefaults(own).chat(HELLO);
        endpoint.asChatModel().withDefaults(plain).withDefaults(own).chat(HELLO);

        assertThat(endpoint.asked())
                .hasSize(4)
                .allSatisfy(asked -> assertThat(asked.parameters())
                        .isInstanceOfSatisfying(
                                OpenAiChatRequestParameters.class,
                                parameters ->
                                        assertThat(parameters.reasoningEffort()).isEqualTo("low")));
        assertThat(endpoint.asked())
                .map(asked -> asked.parameters().temperature())
                .containsExactly(null, 0.1, null, 0.1);
    }

    @Test
    void limitsAddUp() {
        EndpointChatModel model = Strategies.routing()
                .asChatModel(request -> request.spendAtMost("0.01"))
                .limited(request -> request.deadline(Instant.EPOCH));

        assertThat(catchThrowableOfType(TimeoutException.class, () -> model.chat(HELLO)))
                .hasCauseInstanceOf(DeadlineExceededException.class);
    }

    @Test
    void theProviderIsTheProfilesWhereLangChain4jKnowsIt() {
        assertThat(providerOf("openai")).isEqualTo(ModelProvider.OPEN_AI);
        assertThat(providerOf("anthropic")).isEqualTo(ModelProvider.ANTHROPIC);
        assertThat(providerOf("ollama")).isEqualTo(ModelProvider.OLLAMA);
        assertThat(providerOf("mistral-ai")).isEqualTo(ModelProvider.MISTRAL_AI);
        assertThat(providerOf("onnx")).isEqualTo(ModelProvider.OTHER);
        assertThat(Strategies.routing().asChatModel().provider()).isEqualTo(ModelProvider.OTHER);
        assertThat(Strategies.cascade().asStreamingChatModel().provider()).isEqualTo(ModelProvider.OTHER);
    }

    private static ModelProvider providerOf(String name) {
        return ScriptedEndpoint.named("model")
                .profile(ModelProfile.remote().provider(name).build())
                .says("hello")
                .build()
                .asChatModel()
                .provider();
    }

    @Test
    void capabilitiesAreTheProfiles() {
        assertThat(Strategies.routing().asChatModel().supportedCapabilities())
                .containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
        assertThat(Strategies.cascade().asStreamingChatModel().supportedCapabilities())
                .containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
        assertThat(ScriptedEndpoint.saying("small", "hello").asChatModel().supportedCapabilities())
                .isEmpty();
    }

    // --- exceptions

    static Stream<Arguments> kinds() {
        return Stream.of(
                arguments(new RateLimitException("429"), RateLimitException.class),
                arguments(new TimeoutException("408"), TimeoutException.class),
                arguments(new InternalServerException("500"), InternalServerException.class),
                arguments(new RetriableException("odd"), RetriableException.class),
                arguments(new AuthenticationException("401"), AuthenticationException.class),
                arguments(new ModelNotFoundException("404"), ModelNotFoundException.class),
                arguments(new UnresolvedModelServerException("no such host"), UnresolvedModelServerException.class),
                arguments(new InvalidRequestException("400"), InvalidRequestException.class),
                arguments(new ContentFilteredException("filtered"), ContentFilteredException.class),
                arguments(new UnsupportedFeatureException("no images"), UnsupportedFeatureException.class),
                arguments(new IOException("broken pipe"), RetriableException.class),
                arguments(new IllegalStateException("a bug"), NonRetriableException.class),
                arguments(new TransientException("busy", new RateLimitException("429")), RateLimitException.class),
                arguments(new TransientException("busy", null), RetriableException.class),
                arguments(
                        new ConfigurationException("wrong key", new AuthenticationException("401")),
                        AuthenticationException.class),
                arguments(new ConfigurationException("wrong"), NonRetriableException.class),
                // Tandem says that it is of no use to try again, whatever the cause was.
                arguments(
                        new ConfigurationException("wrong URL", new InternalServerException("501")),
                        NonRetriableException.class),
                arguments(new RejectedRequestException("wrong"), InvalidRequestException.class),
                arguments(new WindowExceededException("too long"), InvalidRequestException.class),
                arguments(new BudgetExceededException("too dear"), NonRetriableException.class),
                arguments(new DeadlineExceededException("too late"), TimeoutException.class),
                arguments(new CallCancelledException("stopped"), NonRetriableException.class));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aFailureIsOfLangChain4jsKindThroughARoutingAndACascade(
            Exception failure, Class<? extends LangChain4jException> kind) {
        ModelEndpoint failing =
                ScriptedEndpoint.named("failing").fails(() -> failure).build();
        for (ModelEndpoint endpoint :
                List.of(failing, Strategies.routing(failing(failure), failing(failure)), deferring(failing))) {
            LangChain4jException thrown = catchThrowableOfType(
                    LangChain4jException.class, () -> endpoint.asChatModel().chat(HELLO));
            assertThat(thrown).isExactlyInstanceOf(kind).hasCauseInstanceOf(TandemException.class);
            assertThat(thrown).hasMessage(causeOf(thrown).getMessage());
            assertThat(traceOf(thrown).endpoint()).isEqualTo(endpoint.id());
        }
    }

    private static io.github.tandem4j.Model failing(Exception failure) {
        return (chat, context, tokens) -> {
            throw failure;
        };
    }

    @Test
    void failuresOfSeveralKindsAreRetriableIfOneOfThemIs() {
        ModelEndpoint busy = ScriptedEndpoint.named("busy")
                .fails(() -> new RateLimitException("429"))
                .build();
        ModelEndpoint locked = ScriptedEndpoint.named("locked")
                .fails(() -> new AuthenticationException("401"))
                .build();
        ModelEndpoint both = Cascade.startingWith(locked)
                .keepWhen((request, reply) -> Verdict.keep("always"))
                .deferTo(busy)
                .whenAStageFails(StageFailure.DEFER)
                .build();

        assertThat(catchThrowableOfType(
                        LangChain4jException.class, () -> both.asChatModel().chat(HELLO)))
                .isExactlyInstanceOf(RetriableException.class)
                .hasMessageContaining("429")
                .hasMessageContaining("401");
    }

    @Test
    void whatNoMemberCanDoIsAnUnsupportedFeature() {
        ToolSpecification tool = ToolSpecification.builder().name("getTime").build();
        EndpointChatModel model =
                deferring(ScriptedEndpoint.saying("large", "hello")).asChatModel();

        assertThat(catchThrowableOfType(
                        LangChain4jException.class,
                        () -> model.chat(
                                HELLO.toBuilder().toolSpecifications(tool).build())))
                .isExactlyInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("does not support")
                .hasMessageContaining("tools")
                .hasCauseInstanceOf(RejectedRequestException.class);
    }

    @Test
    void whatPrivacyForbidsIsNotTriedAgain() {
        ModelEndpoint remote = Strategies.remote(new ObedientModel("large-1"));

        assertThat(catchThrowableOfType(
                        LangChain4jException.class,
                        () -> remote.asChatModel(request -> request.label(PrivacyLabel.LOCAL_ONLY))
                                .chat(HELLO)))
                .isExactlyInstanceOf(NonRetriableException.class);
    }
}
