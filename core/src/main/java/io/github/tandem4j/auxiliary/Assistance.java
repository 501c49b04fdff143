package io.github.tandem4j.auxiliary;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.Decision;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.TokenSink;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call, as an assistant sees it: what is asked, the main endpoint further on (with the assistants that stand nearer
 * to it), and a way to ask helpers. Whatever is asked through it counts in the call's limits, cost and trace.
 */
public final class Assistance {

    private final StrategyCall call;
    private final ModelEndpoint main;
    private final List<Assistant> nearer;
    private final ChatRequest chat;
    private final TokenSink sink;
    private final boolean masked;
    private @Nullable ChatResponse heard;

    Assistance(
            StrategyCall call,
            ModelEndpoint main,
            List<Assistant> nearer,
            ChatRequest chat,
            TokenSink sink,
            boolean masked) {
        this.call = call;
        this.main = main;
        this.nearer = nearer;
        this.chat = chat;
        this.sink = sink;
        this.masked = masked;
    }

    /** {@return what is asked, as the assistants before this one left it} */
    public ChatRequest chat() {
        return chat;
    }

    /** {@return what is asked, with the limits of the call} */
    public Request request() {
        return call.request().chat(chat);
    }

    /** Asks the main endpoint and gives its reply to the assistant alone: it may be changed, or asked for again. */
    public Reply proceed(ChatRequest question) {
        return onward(question, TokenSink.NONE);
    }

    /**
     * Asks the main endpoint for the answer: what it says is heard as it comes, so return its reply as it is, or with
     * another confidence.
     *
     * @throws PluginException if an answer was heard already, which cannot be taken back
     */
    public Reply answer(ChatRequest question) {
        requireUnheard("asks for another answer");
        Reply reply = onward(question, sink);
        heard = reply.response();
        return reply;
    }

    /** Asks a helper, unheard. What an assistant further out has masked may travel to it as to the main endpoint. */
    public Reply ask(ModelEndpoint helper, ChatRequest question) {
        return ask("helper", helper, question);
    }

    /**
     * Asks a helper as {@link #ask(ModelEndpoint, ChatRequest)} does.
     *
     * @param role why it is asked, for the trace, such as {@code verifier}
     */
    public Reply ask(String role, ModelEndpoint helper, ChatRequest question) {
        return masked
                ? call.askMasked(role, helper, question, TokenSink.NONE)
                : call.ask(role, helper, question, TokenSink.NONE);
    }

    /** Notes what the assistant decided. */
    public void decide(Decision decision) {
        call.decide(decision);
    }

    /** {@return a changed answer, in place of the main endpoint's, whose evidence no longer speaks of it} */
    public Reply reply(Reply instead, ChatResponse changed) {
        if (changed.equals(instead.response())) {
            return call.reply(instead);
        }
        requireUnheard("changes the answer");
        return call.reply(changed, Confidence.unknown("answer was changed"), Evidence.none());
    }

    /** {@return the main endpoint's answer as it is, evidence included, with the confidence that the assistant has in it} */
    public Reply reply(Reply answer, Confidence confidence) {
        return call.reply(answer, confidence);
    }

    /** {@return an answer of the assistant's own, without the main endpoint} */
    public Reply reply(ChatResponse own) {
        requireUnheard("answers by itself");
        return call.reply(own, Confidence.unknown("answer is an assistant's own"), Evidence.none());
    }

    <T> T plugIn(Supplier<? extends @Nullable T> change) {
        return call.plugIn("assistant", change);
    }

    Reply run() {
        if (nearer.isEmpty()) {
            return masked ? call.askMasked("main", main, chat, sink) : call.ask("main", main, chat, sink);
        }
        Assistant first = nearer.get(0);
        Reply reply = call.plugIn("assistant", () -> first.assist(this));
        if (!reply.response().equals(heard)) {
            requireUnheard("gives another answer");
        }
        return reply;
    }

    private Reply onward(ChatRequest question, TokenSink listener) {
        boolean maskedFromHere = masked || nearer.get(0).masks();
        return new Assistance(call, main, nearer.subList(1, nearer.size()), question, listener, maskedFromHere).run();
    }

    private void requireUnheard(String what) {
        if (call.wasHeard()) {
            throw new PluginException(
                    "assistant " + what + " after one was heard already; valid is proceed, whose answer nobody hears");
        }
    }
}
