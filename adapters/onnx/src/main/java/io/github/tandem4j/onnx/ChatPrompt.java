package io.github.tandem4j.onnx;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.jinja.JinjaException;
import io.github.tandem4j.onnx.jinja.JinjaTemplate;
import io.github.tandem4j.onnx.tokenizer.ContentMarks;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.time.Clock;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns messages into a prompt's tokens, by the model's chat template. */
final class ChatPrompt {
    private final String source;
    private final JinjaTemplate template;
    private final Map<String, Object> specialTokens;
    private final Tokenizer tokenizer;
    private final Optional<ToolDialect> toolDialect;

    /** Loaded when a message has a call in it, and not at open: it takes a new process a fifth of a second. */
    private static final class Json {
        static final ObjectMapper MAPPER = new ObjectMapper();
    }

    private ChatPrompt(String source, Map<String, Object> specialTokens, Tokenizer tokenizer) {
        this.source = source;
        this.template = JinjaTemplate.parse(source, Clock.system(ZoneId.systemDefault()));
        this.specialTokens = specialTokens;
        this.tokenizer = tokenizer;
        this.toolDialect = source.contains("tools") ? probe() : Optional.empty();
    }

    /** Lets the template write a tool and a call, and looks how it does. */
    private Optional<ToolDialect> probe() {
        String name = "probe_of_tools";
        ToolSpecification tool =
                ToolSpecification.builder().name(name).description("none").build();
        ToolExecutionRequest call = ToolExecutionRequest.builder()
                .id("0")
                .name(name)
                .arguments("{\"probe\": 1}")
                .build();
        UserMessage question = UserMessage.from("x");
        try {
            if (!render("", List.of(question), List.of(tool)).text().contains(name)) {
                return Optional.empty();
            }
            return ToolDialect.of(
                    render("", List.of(question, AiMessage.from(call)), List.of(), false)
                            .text(),
                    name);
        } catch (RejectedRequestException e) {
            return Optional.empty(); // a template that refuses such messages has no calls to show
        }
    }

    /** The chat prompts of a model; empty if it has no template. */
    static Optional<ChatPrompt> of(ModelDirectory directory, Tokenizer tokenizer) {
        return directory.chatTemplate().map(source -> {
            Map<String, Object> specials = new HashMap<>();
            for (String name : List.of("bos_token", "eos_token", "unk_token", "pad_token")) {
                directory.specialToken(name).ifPresent(token -> specials.put(name, token));
            }
            try {
                return new ChatPrompt(source, specials, tokenizer);
            } catch (JinjaException e) {
                throw new ModelFileException(
                        directory.path().resolve(ModelFiles.TOKENIZER_CONFIG) + ": chat " + e.getMessage(), e);
            }
        });
    }

    /** The tokens of a prompt after which the model speaks. */
    int[] encode(String model, List<ChatMessage> messages, List<ToolSpecification> tools) {
        return tokenizer.encodePrompt(render(model, messages, tools));
    }

    /** How this model is told of tools and calls them; empty if its template knows nothing of tools, or in a way not known. */
    Optional<ToolDialect> toolDialect() {
        return toolDialect;
    }

    ContentMarks.Marked render(String model, List<ChatMessage> messages) {
        return render(model, messages, List.of());
    }

    ContentMarks.Marked render(String model, List<ChatMessage> messages, List<ToolSpecification> tools) {
        return render(model, messages, tools, true);
    }

    private ContentMarks.Marked render(
            String model, List<ChatMessage> messages, List<ToolSpecification> tools, boolean asksForAnswer) {
        List<Map<String, Object>> dicts =
                messages.stream().map(message -> toMap(model, message)).toList();
        List<Object> described = describe(model, tools);
        ContentMarks marks = new ContentMarks(tokenizer.specialTokens(), List.of(source, dicts, described));
        Map<String, Object> variables = new HashMap<>(specialTokens);
        variables.put("messages", dicts.stream().map(marks::markMessage).toList());
        variables.put("add_generation_prompt", asksForAnswer);
        if (!tools.isEmpty()) {
            variables.put("tools", marks.mark(described));
        }
        try {
            return marks.unmark(template.render(variables));
        } catch (JinjaException e) {
            throw new RejectedRequestException(
                    "messages cannot be rendered by the chat template of " + model + ": " + e.getMessage(), e);
        }
    }

    private static List<Object> describe(String model, List<ToolSpecification> tools) {
        try {
            return tools.stream().<Object>map(ToolDialect::toMap).toList();
        } catch (IllegalArgumentException e) {
            throw new RejectedRequestException("tools for " + model + " cannot be described: " + e.getMessage(), e);
        }
    }

    private static Map<String, Object> toMap(String model, ChatMessage message) {
        if (message instanceof SystemMessage system) {
            return entry("system", system.text());
        }
        if (message instanceof UserMessage user) {
            return entry(
                    "user",
                    user.contents().stream()
                            .map(content -> textOf(model, content))
                            .collect(Collectors.joining("\n")));
        }
        if (message instanceof AiMessage ai) {
            Map<String, Object> map = entry("assistant", ai.text() == null ? "" : ai.text());
            if (ai.hasToolExecutionRequests()) {
                map.put(
                        "tool_calls",
                        ai.toolExecutionRequests().stream()
                                .map(call ->
                                        Map.of("type", "function", "function", function(call.name(), call.arguments())))
                                .toList());
            }
            return map;
        }
        if (message instanceof ToolExecutionResultMessage result) {
            Map<String, Object> map = entry("tool", result.text());
            map.put("name", result.toolName());
            return map;
        }
        throw new RejectedRequestException(
                "message of type " + message.type() + " for " + model + "; valid: system, user, AI and tool result");
    }

    private static Map<String, Object> function(String name, @Nullable String arguments) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", name);
        try {
            function.put("arguments", Json.MAPPER.readValue(arguments == null ? "{}" : arguments, Map.class));
        } catch (JsonProcessingException e) {
            function.put("arguments", String.valueOf(arguments));
        }
        return function;
    }

    private static Map<String, Object> entry(String role, @Nullable String content) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("role", role);
        map.put("content", content == null ? "" : content);
        return map;
    }

    private static String textOf(String model, Content content) {
        if (content instanceof TextContent text) {
            return text.text();
        }
        throw new RejectedRequestException(
                "content of type " + content.type() + " for " + model + ", which reads text only");
    }
}
