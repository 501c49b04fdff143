package io.github.tandem4j.examples;

import static io.github.tandem4j.router.Conditions.mentions;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.InMemorySessions;
import io.github.tandem4j.router.Rules;
import io.github.tandem4j.routing.Routing;
import java.util.ArrayList;
import java.util.List;

/** A conversation that stays with its model: through a tool exchange, and until the router has insisted. */
public final class StickyConversation {

    private static final ToolSpecification TIMETABLE = ToolSpecification.builder()
            .name("timetable")
            .description("When the next lesson is")
            .build();

    private final ModelEndpoint tutor;
    private final List<ChatMessage> messages = new ArrayList<>();

    /** A conversation with one of the two, from its system prompt on. */
    public StickyConversation(ModelEndpoint small, ModelEndpoint large) {
        tutor = Routing.among(small, large)
                .by(Rules.when(mentions("prove"), large).otherwise(small))
                .stickyWithin(InMemorySessions.ofDefaults())
                .named("tutor")
                .build();
        messages.add(SystemMessage.from("You are a patient tutor of mathematics."));
    }

    /** Asks for the next turn, and runs the tools that the model calls until it answers with words. */
    public List<Reply> say(String words) {
        messages.add(UserMessage.from(words));
        List<Reply> replies = new ArrayList<>();
        do {
            Reply reply = tutor.answer(Request.of(ChatRequest.builder()
                            .messages(messages)
                            .toolSpecifications(TIMETABLE)
                            .build())
                    .session("user-42"));
            replies.add(reply);
            messages.add(reply.response().aiMessage());
            for (ToolExecutionRequest call : reply.response().aiMessage().toolExecutionRequests()) {
                messages.add(ToolExecutionResultMessage.from(call, "Monday at nine"));
            }
        } while (messages.get(messages.size() - 1) instanceof ToolExecutionResultMessage);
        return replies;
    }

    /** A model of a lambda, which looks up the timetable when it is asked for the next lesson. */
    static ModelEndpoint model(String id) {
        ModelProfile profile = ModelProfile.local().can(ModelCapability.TOOLS).build();
        return ModelEndpoint.of(id, profile, (chat, context, tokens) -> {
            ChatMessage last = chat.messages().get(chat.messages().size() - 1);
            boolean looksUp =
                    last instanceof UserMessage user && user.singleText().contains("next lesson");
            return looksUp ? calling(chat.messages().size()) : Completion.of("So says " + id + ".");
        });
    }

    private static Completion calling(int number) {
        return Completion.of(ChatResponse.builder()
                .aiMessage(AiMessage.from(ToolExecutionRequest.builder()
                        .id("call-" + number)
                        .name("timetable")
                        .arguments("{}")
                        .build()))
                .build());
    }

    /** Prints who answers each turn, and why. */
    public static void main(String[] args) {
        StickyConversation conversation = new StickyConversation(model("small"), model("large"));
        for (String words : List.of(
                "What is a prime number?",
                "Can you prove that there are infinitely many?",
                "I mean it: prove it.",
                "When is my next lesson?",
                "Thank you.")) {
            System.out.println("> " + words);
            for (Reply reply : conversation.say(words)) {
                reply.trace().decisions().forEach(decision -> System.out.println("  * " + decision));
                System.out.println(
                        "  " + reply.author() + ": " + (reply.text().isEmpty() ? "(calls a tool)" : reply.text()));
            }
        }
    }
}
