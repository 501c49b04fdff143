package io.github.tandem4j.routing;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Request;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.List;

/** The turns of a conversation, and models that take part in it. */
final class Turns {

    private Turns() {}

    /**
     * A model that calls the tool {@code look} when it is asked to, with the user's words as the call's id, and says its
     * own name else.
     */
    static ScriptedEndpoint model(String id) {
        ScriptedAnswer words = ScriptedAnswer.of("I am " + id);
        return ScriptedEndpoint.named(id)
                .profile(ModelProfile.local().can(ModelCapability.TOOLS).build())
                .plays((chat, context, tokens) -> last(chat) instanceof UserMessage user
                                && user.singleText().startsWith("look")
                        ? Completion.of(ChatResponse.builder()
                                .aiMessage(call(user.singleText()))
                                .build())
                        : words.complete(chat, context, tokens))
                .build();
    }

    static AiMessage call(String id) {
        return AiMessage.from(ToolExecutionRequest.builder()
                .id(id)
                .name("look")
                .arguments("{}")
                .build());
    }

    static Request asking(String prompt, String session) {
        return Request.of(prompt).session(session);
    }

    /** The turn after a {@link #model} has called its tool. */
    static Request looked(String prompt, String session) {
        return looked(UserMessage.from(prompt), call(prompt), session);
    }

    static Request looked(ChatMessage user, AiMessage call, String session) {
        ChatMessage result =
                ToolExecutionResultMessage.from(call.toolExecutionRequests().get(0), "seen");
        return Request.of(ChatRequest.builder()
                        .messages(List.of(user, call, result))
                        .build())
                .session(session);
    }

    private static ChatMessage last(ChatRequest chat) {
        return chat.messages().get(chat.messages().size() - 1);
    }
}
