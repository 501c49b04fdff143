package io.github.tandem4j.langchain4j;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.ToolChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which tools a question asks for, in order: a clause asks for the tool that it names or speaks of. */
final class ToolPlan {

    private static final Pattern CLAUSE_ENDS = Pattern.compile("(?<=[.?!])\\s+|, then ");
    private static final List<String> EMPTY_WORDS = List.of("get", "from", "id", "two", "numbers");
    private static final Map<String, String> SYNONYMS = Map.of("add", "add|plus");

    private final List<ToolSpecification> tools;
    private final Conversation conversation;

    ToolPlan(List<ToolSpecification> tools, Conversation conversation) {
        this.tools = tools;
        this.conversation = conversation;
    }

    /** {@return the calls that can be made now; those whose results are there are not made again} */
    List<ToolExecutionRequest> calls(@Nullable ToolChoice choice) {
        List<ToolExecutionRequest> all = new ArrayList<>();
        for (String clause : CLAUSE_ENDS.split(conversation.question())) {
            for (ToolSpecification tool : tools) {
                mention(tool, clause)
                        .flatMap(start -> call(tool, withResults(clause), start))
                        .filter(call -> all.stream().noneMatch(other -> isSame(call, other)))
                        .ifPresent(all::add);
            }
        }
        int done = conversation.results().size();
        List<ToolExecutionRequest> open = all.subList(Math.min(done, all.size()), all.size());
        return open.isEmpty() && done == 0 && choice == ToolChoice.REQUIRED ? firstThatFits() : numbered(open);
    }

    private List<ToolExecutionRequest> firstThatFits() {
        return numbered(tools.stream()
                .flatMap(tool -> call(tool, conversation.question(), 0).stream())
                .limit(1)
                .toList());
    }

    /** {@return where the clause speaks of the tool} */
    private static Optional<Integer> mention(ToolSpecification tool, String clause) {
        List<String> words = new ArrayList<>(List.of(Pattern.quote(tool.name())));
        for (String word : tool.name().split("_|(?<=[a-z])(?=[A-Z])")) {
            String lower = word.toLowerCase(Locale.ROOT);
            if (!EMPTY_WORDS.contains(lower)) {
                words.add(SYNONYMS.getOrDefault(lower, lower));
            }
        }
        Matcher matcher = Pattern.compile("\\b(?:" + String.join("|", words) + ")\\b", Pattern.CASE_INSENSITIVE)
                .matcher(clause);
        return matcher.find() ? Optional.of(matcher.start()) : Optional.empty();
    }

    private Optional<ToolExecutionRequest> call(ToolSpecification tool, String clause, int start) {
        if (tool.parameters() == null || tool.parameters().properties().isEmpty()) {
            return Optional.of(request(tool, "{}"));
        }
        Passage whole = Passage.of(clause);
        Optional<JsonNode> arguments = SchemaReader.read(
                tool.parameters(), whole.instruction().isEmpty() ? whole.about(clause.substring(start)) : whole);
        // "37 plus 87" begins before the word that names the tool.
        Optional<JsonNode> fallBack = arguments.isPresent() ? arguments : SchemaReader.read(tool.parameters(), whole);
        return fallBack.map(json -> request(tool, json.toString()));
    }

    /** A clause that needs a result asks for no call before there is one. */
    private String withResults(String clause) {
        String last = conversation.lastResult().orElse("none yet");
        return clause.replaceAll("the (previous )?result", "an earlier " + Matcher.quoteReplacement(last));
    }

    private static ToolExecutionRequest request(ToolSpecification tool, String arguments) {
        return ToolExecutionRequest.builder()
                .name(tool.name())
                .arguments(arguments)
                .build();
    }

    private static boolean isSame(ToolExecutionRequest one, ToolExecutionRequest other) {
        return one.name().equals(other.name()) && one.arguments().equals(other.arguments());
    }

    private List<ToolExecutionRequest> numbered(List<ToolExecutionRequest> calls) {
        List<ToolExecutionRequest> numbered = new ArrayList<>();
        for (ToolExecutionRequest call : calls) {
            String id = "call-" + conversation.length() + "-" + numbered.size();
            numbered.add(ToolExecutionRequest.builder()
                    .id(id)
                    .name(call.name())
                    .arguments(call.arguments())
                    .build());
        }
        return numbered;
    }
}
