package io.github.tandem4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.PdfFileContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.Cost;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Trace;
import io.github.tandem4j.Usd;
import io.github.tandem4j.WindowExceededException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ModelEndpoint} promises about a request that it cannot take: it says so beforehand, and refuses it when
 * asked, before any model works on it. It is part of {@link ModelEndpointContract}.
 */
public abstract class RefusalContract extends ChatModelContract {

    /** For subclasses. */
    protected RefusalContract() {}

    @Test
    void keepsALocalRequestFromTravelling() {
        Request local = request().label(PrivacyLabel.LOCAL_ONLY);
        if (endpoint().refusal(local).isPresent()) {
            assertRefused(local, PrivacyException.class);
        } else {
            Reply reply = endpoint().answer(local);
            assertThat(reply.text()).isNotBlank();
        }
        if (!endpoint().profile().isRemote()) {
            assertThat(endpoint().refusal(local))
                    .as("refusal of a local request by a local endpoint")
                    .isEmpty();
        }
    }

    @Test
    void refusesToolsThatItCannotUse() {
        assertRefusesUnlessItCan(ModelCapability.TOOLS);
    }

    @Test
    void refusesASchemaThatItCannotKeepTo() {
        assertRefusesUnlessItCan(ModelCapability.JSON_SCHEMA);
    }

    @Test
    void refusesImagesThatItCannotSee() {
        assertRefusesUnlessItCan(ModelCapability.IMAGES);
    }

    @Test
    void refusesDocumentsThatItCannotRead() {
        assertRefusesUnlessItCan(ModelCapability.DOCUMENTS);
    }

    /** LangChain4j's AI services ask for a schema where a chat model says that it keeps to one. */
    @Test
    void takesWhatItsProfileSaysThatItCanDo() {
        for (ModelCapability capability : List.of(
                ModelCapability.TOOLS,
                ModelCapability.JSON_SCHEMA,
                ModelCapability.IMAGES,
                ModelCapability.DOCUMENTS)) {
            if (endpoint().profile().can(capability)) {
                assertThat(endpoint().refusal(needing(capability)))
                        .as("refusal of a request that needs %s", capability)
                        .isEmpty();
            }
        }
    }

    @Test
    void refusesAPromptBeyondItsWindow() {
        int window = endpoint().profile().contextWindow().orElse(0);
        assumeTrue(window > 0, "the endpoint's window is not known");
        Request enormous = Request.of("tandem ".repeat(window + 1));
        assertRefused(enormous, WindowExceededException.class);
    }

    /** What an endpoint says beforehand is what it does: with the same exception, and without asking anybody. */
    @Test
    void whatItRefusesBeforehandItRefusesAlikeWhenItIsAsked() {
        Cancellation cancelled = Cancellation.create();
        cancelled.cancel("nobody waits");
        ChatMessage strayResult = ToolExecutionResultMessage.from("1", "clock", "noon");
        Request request = request();
        List<Request> limited = List.of(
                request.useAtMostTokens(0),
                request.useAtMostTokens(1),
                request.useAtMostTokens(17),
                request.spendAtMost(Usd.ZERO),
                request.spendAtMost(new Usd(1)),
                request.useAtMostTokens(0).spendAtMost("1").deadline(Instant.EPOCH),
                request.label(PrivacyLabel.LOCAL_ONLY),
                request.label(PrivacyLabel.MASKED_ONLY),
                request.label(PrivacyLabel.LOCAL_ONLY).useAtMostTokens(0),
                request.cancelledBy(cancelled),
                with(ChatRequest.builder()
                        .messages(request.chat().messages())
                        .maxOutputTokens(0)
                        .build()),
                with(ChatRequest.builder()
                        .messages(request.chat().messages())
                        .maxOutputTokens(Integer.MAX_VALUE)
                        .build()),
                with(ChatRequest.builder().messages(strayResult).build()));
        for (Request each : limited) {
            Optional<TandemException> refusal = endpoint().refusal(each);
            if (refusal.isPresent()) {
                assertRefused(each, refusal.get().getClass());
            }
        }
    }

    // --- tools of the kit

    /** Refused beforehand and when asked, alike, in every way of asking, of nobody, at no cost, and with a message. */
    void assertRefused(Request request, Class<? extends TandemException> type) {
        ModelEndpoint endpoint = endpoint();
        RecordingSink sink = new RecordingSink();
        RecordingListener listener = new RecordingListener();
        assertThat(endpoint.refusal(request))
                .hasValueSatisfying(refusal ->
                        assertThat(refusal).isInstanceOf(type).message().isNotBlank());
        TandemException blocking =
                catchThrowableOfType(TandemException.class, () -> endpoint.answer(request.listener(listener)));
        TandemException streaming = catchThrowableOfType(TandemException.class, () -> endpoint.answer(request, sink));
        ExecutionException asynchronous = catchThrowableOfType(
                ExecutionException.class, () -> endpoint.answerAsync(request).get());
        assertThat(blocking).isInstanceOf(type);
        assertThat(streaming).isInstanceOf(type);
        assertThat(asynchronous).hasCauseInstanceOf(type);
        assertThat(sink.pieces()).isEmpty();
        assertThat(blocking.trace().map(Trace::cost).orElse(Cost.NONE).byEndpoint())
                .isEmpty();
        assertThat(listener.events())
                .as("what listeners hear of a request that is refused")
                .filteredOn(event -> !event.equals("decision " + endpoint.id()))
                .containsExactly("start " + endpoint.id(), "error " + endpoint.id());
    }

    private void assertRefusesUnlessItCan(ModelCapability capability) {
        assumeTrue(!endpoint().profile().can(capability), "the endpoint can do " + capability);
        assertRefused(needing(capability), RejectedRequestException.class);
    }

    private Request needing(ModelCapability capability) {
        return switch (capability) {
            case TOOLS ->
                with(ChatRequest.builder()
                        .messages(request().chat().messages())
                        .toolSpecifications(ToolSpecification.builder()
                                .name("clock")
                                .description("Tells the time.")
                                .build())
                        .build());
            case JSON_SCHEMA ->
                with(ChatRequest.builder()
                        .messages(request().chat().messages())
                        .responseFormat(ResponseFormat.builder()
                                .type(ResponseFormatType.JSON)
                                .jsonSchema(JsonSchema.builder()
                                        .name("answer")
                                        .rootElement(JsonObjectSchema.builder()
                                                .addStringProperty("answer")
                                                .required("answer")
                                                .build())
                                        .build())
                                .build())
                        .build());
            case IMAGES -> showing(ImageContent.from("AAAA", "image/png"));
            case DOCUMENTS -> showing(PdfFileContent.from("AAAA", "application/pdf"));
            case TOKEN_SCORES -> request(); // no request asks for them
        };
    }

    Request with(ChatRequest chat) {
        return request().chat(chat);
    }

    private Request showing(Content content) {
        return with(ChatRequest.builder()
                .messages(UserMessage.from(TextContent.from("What is this?"), content))
                .build());
    }
}
