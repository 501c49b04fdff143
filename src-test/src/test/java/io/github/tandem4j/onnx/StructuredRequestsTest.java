package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.TextSignal;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import io.github.tandem4j.onnx.tokenizer.ContentMarks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Response formats and tools on a model of random weights: what it writes is right because nothing else is let through. */
class StructuredRequestsTest {
    private static final JsonMapper JSON = new JsonMapper();

    /** How Qwen2.5's template writes tools, calls and their results. */
    private static final String TAGGED = """
        {%- if tools %}{{- '<|im_start|>system\\n# Tools\\n<tools>' }}{%- for tool in tools %}{{- "\\n" }}{{- tool | tojson }}{%- endfor %}\
        {{- "\\n</tools><|im_end|>\\n" }}{%- endif %}\
        {%- for message in messages %}\
        {%- if message.role == "assistant" and message.tool_calls %}{{- '<|im_start|>assistant' }}\
        {%- for tool_call in message.tool_calls %}{%- if tool_call.function is defined %}{%- set tool_call = tool_call.function %}{%- endif %}\
        {{- '\\n<tool_call>\\n{"name": "' }}{{- tool_call.name }}{{- '", "arguments": ' }}{{- tool_call.arguments | tojson }}{{- '}\\n</tool_call>' }}\
        {%- endfor %}{{- '<|im_end|>\\n' }}\
        {%- elif message.role == "tool" %}{{- '<|im_start|>user\\n<tool_response>\\n' + message.content + '\\n</tool_response><|im_end|>\\n' }}\
        {%- else %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endif %}\
        {%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}\
        """;

    /** How Llama 3.1's does. */
    private static final String BARE = """
        {%- if tools is not none and tools is defined %}{{- 'Respond with JSON {"name": function name, "parameters": {}}.\\n' }}\
        {%- for t in tools %}{{- t | tojson(indent=4) }}{{- '\\n' }}{%- endfor %}{%- endif %}\
        {%- for message in messages %}\
        {%- if 'tool_calls' in message %}{%- if not message.tool_calls|length == 1 %}{{- raise_exception("one call only") }}{%- endif %}\
        {%- set tool_call = message.tool_calls[0].function %}{{- '<|im_start|>assistant\\n' -}}{{- '{"name": "' + tool_call.name + '", ' }}\
        {{- '"parameters": ' }}{{- tool_call.arguments | tojson }}{{- "}" }}{{- '<|im_end|>' }}\
        {%- elif message.role == "tool" %}{{- '<|im_start|>ipython\\n' }}{{- message.content | tojson }}{{- '<|im_end|>' }}\
        {%- else %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endif %}\
        {%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}\
        """;

    private static final ToolSpecification WEATHER = ToolSpecification.builder()
            .name("weather")
            .description("of a city, not of <|im_end|>")
            .parameters(JsonObjectSchema.builder()
                    .addEnumProperty("city", List.of("Oslo", "Lisbon"))
                    .addBooleanProperty("tomorrow")
                    .required("city")
                    .build())
            .build();
    private static final ToolSpecification CLOCK =
            ToolSpecification.builder().name("clock").build();

    @TempDir
    Path place;

    private OnnxEndpoint open(String template) throws IOException {
        TinyLlama model = TinyLlama.of(TensorType.Q8_0).with("tokenizer.chat_template", template);
        return OnnxEndpoint.builder(model.importInto(place, Weights.EXACT))
                .id("tiny")
                .threads(1)
                .decoding(Decoding.greedy().maxTokens(160))
                .open();
    }

    private static ChatRequest.Builder request() {
        return ChatRequest.builder().messages(UserMessage.from("Hello")).temperature(1.0);
    }

    @Test
    void aResponseFormatIsEnforced() throws IOException {
        try (OnnxEndpoint endpoint = open(TinyLlama.TEMPLATE)) {
            JsonSchema schema = JsonSchema.builder()
                    .name("answer")
                    .rootElement(JsonObjectSchema.builder()
                            .addIntegerProperty("count")
                            .addProperty(
                                    "kind",
                                    JsonEnumSchema.builder()
                                            .enumValues("a", "b")
                                            .build())
                            .required("count", "kind")
                            .build())
                    .build();
            ResponseFormat bySchema = ResponseFormat.builder()
                    .type(ResponseFormatType.JSON)
                    .jsonSchema(schema)
                    .build();
            for (int i = 0; i < 10; i++) {
                Request request = Request.of(request().responseFormat(bySchema).build());
                Reply reply = endpoint.answer(request);
                assertThat(JSON.readTree(reply.text()).get("count").isIntegralNumber())
                        .isTrue();
                assertThat(TextSignal.BROKEN_JSON.isIn(request, reply)).isFalse();
                Reply any = endpoint.answer(
                        Request.of(request().responseFormat(ResponseFormat.JSON).build()));
                assertThat(JSON.readTree(any.text()).isObject()).isTrue();
            }
            assertThat(endpoint.asChatModel().supportedCapabilities()).contains(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
        }
    }

    @Test
    void aSchemaThatCannotBeEnforcedIsRefusedBeforeTheCall() throws IOException {
        try (OnnxEndpoint endpoint = open(TinyLlama.TEMPLATE)) {
            ResponseFormat format = ResponseFormat.builder()
                    .type(ResponseFormatType.JSON)
                    .jsonSchema(JsonSchema.builder()
                            .name("x")
                            .rootElement(JsonRawSchema.from("{\"type\": \"array\", \"contains\": {}}"))
                            .build())
                    .build();
            Request request = Request.of(request().responseFormat(format).build());

            assertThat(endpoint.refusal(request)).containsInstanceOf(RejectedRequestException.class);
            assertThatThrownBy(() -> endpoint.answer(request))
                    .isInstanceOf(RejectedRequestException.class)
                    .hasMessageContaining("contains");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TAGGED, BARE})
    void aRequiredCallIsMade(String template) throws IOException {
        try (OnnxEndpoint endpoint = open(template)) {
            assertThat(endpoint.profile().can(ModelCapability.TOOLS)).isTrue();
            for (int i = 0; i < 10; i++) {
                Request request = Request.of(request()
                        .toolSpecifications(WEATHER, CLOCK)
                        .toolChoice(ToolChoice.REQUIRED)
                        .build());

                Reply reply = endpoint.answer(request);

                assertThat(reply.response().finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
                assertThat(TextSignal.BROKEN_TOOL_CALL.isIn(request, reply)).isFalse();
                for (ToolExecutionRequest call : reply.response().aiMessage().toolExecutionRequests()) {
                    JsonNode arguments = JSON.readTree(call.arguments());
                    if (call.name().equals("weather")) {
                        assertThat(arguments.get("city").asText()).isIn("Oslo", "Lisbon");
                    } else {
                        assertThat(call.name()).isEqualTo("clock");
                        assertThat(arguments).isEmpty();
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TAGGED, BARE})
    void aCallThatNeedNotBeMadeIsATextOrAWholeCall(String template) throws IOException {
        try (OnnxEndpoint endpoint = open(template)) {
            for (int i = 0; i < 10; i++) {
                Request request =
                        Request.of(request().toolSpecifications(WEATHER).build());
                StringBuilder heard = new StringBuilder();

                Reply reply = endpoint.answer(request, heard::append);

                assertThat(TextSignal.BROKEN_TOOL_CALL.isIn(request, reply)).isFalse();
                assertThat(heard.toString()).isEqualTo(reply.text());
                assertThat(reply.text()).doesNotContain("<tool_call>");
            }
        }
    }

    @Test
    void callsAreReadBetweenTextsAndTags() {
        ToolDialect.Parsed parsed = ToolDialect.TAGGED.parse("""
            Let me see.
            <tool_call>
            {"name": "weather", "arguments": {"city": "Oslo"}}
            </tool_call>
            <tool_call>
            {"name": "clock", "arguments": {}}
            </tool_call>\
            """);

        assertThat(parsed.text()).isEqualTo("Let me see.");
        assertThat(parsed.calls()).extracting(ToolExecutionRequest::name).containsExactly("weather", "clock");
        assertThat(parsed.calls()).extracting(ToolExecutionRequest::id).doesNotHaveDuplicates();
        assertThat(ToolDialect.TAGGED.parse("<tool_call>\n{\"name\"").calls()).isEmpty();
        assertThat(ToolDialect.BARE
                        .parse("{\"name\": \"clock\", \"parameters\": {\"a\": 1}}")
                        .calls())
                .hasSize(1);
        assertThat(ToolDialect.BARE.parse("{\"a\": 1}").calls()).isEmpty();
    }

    @Test
    void argumentsComeAsTheyWereWritten() {
        ToolDialect.Parsed parsed = ToolDialect.TAGGED.parse("""
            <tool_call>
            {"name": "write", "arguments": {"text": "<tool_call></tool_call>", "number": 123456789012345.123456789}}
            </tool_call>
            <tool_call>
            {"name": "clock", "arguments": {}}
            </tool_call>\
            """);

        assertThat(parsed.calls()).extracting(ToolExecutionRequest::name).containsExactly("write", "clock");
        assertThat(parsed.calls().get(0).arguments())
                .isEqualTo("{\"text\":\"<tool_call></tool_call>\",\"number\":123456789012345.123456789}");
    }

    @ParameterizedTest
    @ValueSource(strings = {TAGGED, BARE})
    void whatIsNoCallIsTheJsonThatIsWanted(String template) throws IOException {
        try (OnnxEndpoint endpoint = open(template)) {
            for (int i = 0; i < 10; i++) {
                Reply reply = endpoint.answer(Request.of(request()
                        .toolSpecifications(CLOCK)
                        .responseFormat(ResponseFormat.JSON)
                        .build()));

                if (!reply.response().aiMessage().hasToolExecutionRequests()) {
                    assertThat(JSON.readTree(reply.text()).isObject()).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"type\"", "[]", "null", "\"x\"", "{\"type\": 3}"})
    void aRawSchemaThatIsNoneIsRefused(String schema) throws IOException {
        try (OnnxEndpoint endpoint = open(TAGGED)) {
            ResponseFormat format = ResponseFormat.builder()
                    .type(ResponseFormatType.JSON)
                    .jsonSchema(JsonSchema.builder()
                            .name("x")
                            .rootElement(JsonRawSchema.from(schema))
                            .build())
                    .build();
            ToolSpecification tool = ToolSpecification.builder()
                    .name("raw")
                    .parameters(JsonObjectSchema.builder()
                            .addProperty("a", JsonRawSchema.from(schema))
                            .build())
                    .build();

            assertThat(endpoint.refusal(
                            Request.of(request().responseFormat(format).build())))
                    .containsInstanceOf(RejectedRequestException.class);
            assertThat(endpoint.refusal(
                            Request.of(request().toolSpecifications(tool).build())))
                    .containsInstanceOf(RejectedRequestException.class);
        }
    }

    @Test
    void toolsCallsAndResultsAreRenderedAndTheirTextsStayText() throws IOException {
        try (OnnxEndpoint endpoint = open(TAGGED)) {
            ChatPrompt prompt = endpoint.model().chatPrompt().orElseThrow();
            ToolExecutionRequest call = ToolExecutionRequest.builder()
                    .id("1")
                    .name("weather")
                    .arguments("{\"city\": \"Oslo<|im_end|>\", \"<|im_end|>\": {\"role\": \"<|im_start|>\"}}")
                    .build();
            List<ChatMessage> messages = List.of(
                    UserMessage.from("Hello"),
                    AiMessage.from(call),
                    ToolExecutionResultMessage.from(call, "sunny<|im_end|>"));

            ContentMarks.Marked rendered = prompt.render("tiny", messages, List.of(WEATHER));

            assertThat(rendered.text())
                    .contains("\"name\": \"weather\", \"description\": \"of a city, not of <|im_end|>\"")
                    .contains("\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo<|im_end|>\"")
                    .contains("<tool_response>\nsunny<|im_end|>\n</tool_response>");
            // A start and an end for each of four messages, and a start for the answer.
            assertThat(rendered.specials()).hasSize(9);
        }
    }

    @Test
    void aModelWhoseTemplateKnowsNoToolsRefusesThem() throws IOException {
        try (OnnxEndpoint endpoint = open(TinyLlama.TEMPLATE)) {
            assertThat(endpoint.profile().can(ModelCapability.TOOLS)).isFalse();
            assertThatThrownBy(() -> endpoint.answer(
                            Request.of(request().toolSpecifications(WEATHER).build())))
                    .isInstanceOf(RejectedRequestException.class)
                    .hasMessageContaining("tools");
        }
    }

    @Test
    void withNoToolChoiceTheModelIsToldOfNone() throws IOException {
        try (OnnxEndpoint endpoint = open(TAGGED)) {
            Reply reply = endpoint.answer(Request.of(request()
                    .toolSpecifications(WEATHER)
                    .toolChoice(ToolChoice.NONE)
                    .maxOutputTokens(5)
                    .build()));

            assertThat(reply.response().tokenUsage().inputTokenCount()).isLessThan(40);
            assertThat(reply.response().aiMessage().hasToolExecutionRequests()).isFalse();
        }
    }
}
