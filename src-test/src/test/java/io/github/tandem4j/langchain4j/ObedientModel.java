package io.github.tandem4j.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Model;
import io.github.tandem4j.TokenSink;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Answers as a good model would, from a few rules: it calls the tools that the question speaks of, makes an answer of
 * their results, keeps to formats and schemas, and heeds stop sequences, the longest completion and the model's name. A
 * word is a token. Deterministic; it knows nothing of who asks.
 */
final class ObedientModel implements Model {

    private final String name;

    ObedientModel(String name) {
        this.name = name;
    }

    @Override
    public Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
        Conversation conversation = new Conversation(chat.messages());
        List<ToolExecutionRequest> calls = calls(chat, conversation);
        if (!calls.isEmpty()) {
            return completion(chat, AiMessage.from(calls), calls.size(), FinishReason.TOOL_EXECUTION);
        }
        List<String> words = words(stopped(text(chat, conversation), chat.stopSequences()));
        Integer longest = chat.maxOutputTokens();
        boolean cut = longest != null && longest < words.size();
        List<String> said = cut ? words.subList(0, longest) : words;
        for (String word : said) {
            context.throwIfOver(name);
            tokens.accept(word);
        }
        return completion(
                chat,
                AiMessage.from(String.join("", said)),
                said.size(),
                cut ? FinishReason.LENGTH : FinishReason.STOP);
    }

    private static List<ToolExecutionRequest> calls(ChatRequest chat, Conversation conversation) {
        return chat.toolSpecifications() == null || chat.toolSpecifications().isEmpty()
                ? List.of()
                : new ToolPlan(chat.toolSpecifications(), conversation).calls(chat.toolChoice());
    }

    private static String text(ChatRequest chat, Conversation conversation) {
        String results = conversation.results().stream()
                .map(result -> Conversation.texts(result.contents()))
                .collect(Collectors.joining(" and "))
                .strip();
        ResponseFormat format = chat.responseFormat();
        if (format != null && format.type() == ResponseFormatType.JSON) {
            return json(format, conversation, results);
        }
        if (conversation.results().isEmpty() || !conversation.images().isEmpty()) {
            return (results.isEmpty() ? "" : results + ". ") + Knowledge.answer(conversation);
        }
        return results.isEmpty() ? "That is done." : "What I was told is " + results + ".";
    }

    /** Reads what the schema asks for from what the model knows of it, or else from the question and the tools' results. */
    private static String json(ResponseFormat format, Conversation conversation, String results) {
        String question = conversation.question();
        JsonSchemaElement schema = format.jsonSchema() == null
                ? field(question)
                : format.jsonSchema().rootElement();
        Passage asked = Passage.of(question);
        Passage read = Knowledge.fact(question)
                .map(asked::about)
                .orElseGet(() -> asked.about((asked.matter() + " " + results).strip()));
        return SchemaReader.read(schema, read)
                .orElseThrow(() -> new IllegalArgumentException("the scripted model finds no " + schema))
                .toString();
    }

    /** The schema that the question describes in words. */
    private static JsonSchemaElement field(String question) {
        String field = new Passage("", question).first("'(\\w+)' field").orElseThrow();
        return JsonObjectSchema.builder().addStringProperty(field).build();
    }

    private static String stopped(String text, @Nullable List<String> stopSequences) {
        int end = text.length();
        for (String stop : stopSequences == null ? List.<String>of() : stopSequences) {
            int found = text.indexOf(stop);
            end = found < 0 ? end : Math.min(end, found);
        }
        return text.substring(0, end);
    }

    /** Each with what separates it from the next, so that they make the text. */
    private static List<String> words(String text) {
        return List.of(text.split("(?<=[\\s{:,])(?=\\S)"));
    }

    private Completion completion(ChatRequest chat, AiMessage message, int tokens, FinishReason reason) {
        return Completion.of(ChatResponse.builder()
                .id("answer-" + chat.messages().size())
                .modelName(chat.modelName() == null ? name : chat.modelName())
                .aiMessage(message)
                .tokenUsage(new TokenUsage(10 * chat.messages().size(), tokens))
                .finishReason(reason)
                .build());
    }
}
