package io.github.tandem4j.auxiliary;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Works for a main endpoint: before it (compress, rewrite, hint, retrieve), after it (verify, unmask), or around it
 * (guard, mask and unmask, ask again). A lambda is an assistant that stands around:
 *
 * <pre>{@code
 * Assistant guard = assistance -> isSafe(assistance.chat())
 *         ? assistance.answer(assistance.chat())
 *         : assistance.reply(declined());
 * }</pre>
 *
 * <p>Called by many threads at once.
 */
@FunctionalInterface
public interface Assistant {

    /**
     * Makes the reply, usually with the main endpoint's.
     *
     * @param assistance what is asked, and the way to the main endpoint and to helpers of its own
     * @return a reply that came from {@code assistance}; never null
     */
    Reply assist(Assistance assistance);

    /**
     * {@return whether it masks what it hands on, so that a request labelled {@code MASKED_ONLY} may then go to a remote
     * endpoint}
     */
    default boolean masks() {
        return false;
    }

    /**
     * {@return the helpers that it may ask, as often as it asks each; none unless it says so}
     *
     * <p>They become members of the {@link Assisted}, whose location and expected cost count them.
     */
    default List<ModelEndpoint> helpers() {
        return List.of();
    }

    /** {@return an assistant that changes what the main endpoint is asked} */
    static Assistant before(BiFunction<Assistance, ChatRequest, ChatRequest> change) {
        return assistance -> assistance.answer(assistance.plugIn(() -> change.apply(assistance, assistance.chat())));
    }

    /** {@return an assistant that changes what the main endpoint answered} */
    static Assistant after(BiFunction<Assistance, Reply, ChatResponse> change) {
        return assistance -> {
            Reply reply = assistance.proceed(assistance.chat());
            return assistance.reply(reply, assistance.plugIn(() -> change.apply(assistance, reply)));
        };
    }

    /** {@return the assistant, on its word that what it hands on is masked} */
    static Assistant masking(Assistant assistant) {
        return new DeclaredAssistant(assistant, true, assistant.helpers());
    }

    /** {@return the assistant, which may ask these {@linkplain #helpers() helpers} too, as often as each stands here} */
    static Assistant asking(Assistant assistant, ModelEndpoint... helpers) {
        List<ModelEndpoint> all = new ArrayList<>(assistant.helpers());
        all.addAll(List.of(helpers));
        return new DeclaredAssistant(assistant, assistant.masks(), all);
    }
}
