package io.github.tandem4j.routing;

import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.TandemException;

/**
 * The way for a router to ask a {@linkplain Router#helpers() helper}, such as a judge of difficulty, while it chooses: what
 * is asked through it keeps the limits of the call, and counts in its cost and trace.
 */
@FunctionalInterface
public interface Inquiry {

    /** The way where there is no call of a routing: whatever is asked is refused with a {@link ConfigurationException}. */
    Inquiry NONE = (role, helper, question) -> {
        throw new ConfigurationException("a router asked " + helper.id() + " as its " + role
                + " outside a routing; valid is within one, or what stands around the router must hand its inquiry on");
    };

    /**
     * Asks a helper, unheard.
     *
     * @param role why it is asked, for the trace, such as {@code judge}
     * @throws TandemException as the helper threw it; it is in the trace already
     */
    Reply ask(String role, ModelEndpoint helper, ChatRequest question);
}
