package io.github.tandem4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether the messages of a conversation can follow one another. It finds what providers of models that call tools
 * reject, and nothing else: a tool's result without a call before it, a call that the conversation goes on without
 * answering, and what is null or nameless. Every leaf refuses these, even where its own model would put up with them, so
 * that a conversation which one endpoint of a strategy takes is not broken for the next. Providers differ in all the rest:
 * some take system messages anywhere, or two user messages in a row, and
 * some match results to calls by name.
 */
final class History {

    private History() {}

    /** {@return what is wrong with the first message that is out of place, and where it is; null if none is} */
    static @Nullable String flaw(List<ChatMessage> messages) {
        int callsAt = -1; // of the calls that the results at hand belong to
        int results = 0;
        for (int i = 0; i < messages.size(); i++) {
            ChatMessage message = messages.get(i);
            String hole = hole(message);
            if (hole != null) {
                return at(i, messages) + hole;
            }
            if (message instanceof ToolExecutionResultMessage result) {
                if (callsAt < 0 || !isAmong(callsOf(messages, callsAt), result)) {
                    return at(i, messages) + " is a result of the tool " + result.toolName()
                            + " without a call; valid is a result behind the AI message that calls the tool";
                }
                results++;
            } else if (message instanceof AiMessage || message instanceof UserMessage) {
                if (callsAt >= 0 && results < callsOf(messages, callsAt).size()) {
                    return at(callsAt, messages) + " calls "
                            + callsOf(messages, callsAt).size() + " tools and has " + results
                            + " results before message "
                            + (i + 1) + "; valid is a result for each call, before the conversation goes on";
                }
                callsAt = message instanceof AiMessage ai && ai.hasToolExecutionRequests() ? i : -1;
                results = 0;
            }
        }
        return null;
    }

    /** Lists of LangChain4j's take nulls, and its builders of calls ask for no name. */
    private static @Nullable String hole(@Nullable ChatMessage message) {
        if (message == null) {
            return " is null; valid is a message";
        }
        if (message instanceof UserMessage user && user.contents().stream().anyMatch(Objects::isNull)) {
            return " has content that is null; valid is text or another content";
        }
        if (message instanceof AiMessage ai) {
            for (ToolExecutionRequest call : ai.toolExecutionRequests()) {
                if (call == null || call.name() == null || call.name().isBlank()) {
                    return " calls a tool without a name; valid is the name of a tool that the request offers";
                }
            }
        }
        return null;
    }

    private static List<ToolExecutionRequest> callsOf(List<ChatMessage> messages, int at) {
        return ((AiMessage) messages.get(at)).toolExecutionRequests();
    }

    private static boolean isAmong(List<ToolExecutionRequest> calls, ToolExecutionResultMessage result) {
        for (int i = 0; i < calls.size(); i++) {
            ToolExecutionRequest call = calls.get(i);
            boolean sameId = result.id() != null && result.id().equals(call.id());
            if (sameId || (result.toolName() != null && result.toolName().equals(call.name()))) {
                return true;
            }
        }
        return false;
    }

    private static String at(int index, List<ChatMessage> messages) {
        return "message " + (index + 1) + " of " + messages.size();
    }
}
