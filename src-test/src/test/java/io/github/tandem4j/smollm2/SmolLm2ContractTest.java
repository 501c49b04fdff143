package io.github.tandem4j.smollm2;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import io.github.tandem4j.testkit.ModelEndpointContract;
import java.util.Optional;

/** The contract of every endpoint, kept by the real model. */
final class SmolLm2ContractTest extends ModelEndpointContract {

    @Override
    protected ModelEndpoint endpoint() {
        return SharedSmolLm2.endpoint();
    }

    @Override
    protected Request request() {
        return of("Name a colour.", 5);
    }

    /** The prefill alone takes seconds, and must be stopped in its middle. */
    @Override
    protected Optional<Request> longRequest() {
        return Optional.of(of("The tide comes in and the tide goes out. ".repeat(600), 64));
    }

    @Override
    protected Optional<Request> cutRequest() {
        return Optional.of(of("Count to a hundred.", 2));
    }

    @Override
    protected int threads() {
        return 2;
    }

    private static Request of(String prompt, int maxTokens) {
        return Request.of(ChatRequest.builder()
                .messages(UserMessage.from(prompt))
                .maxOutputTokens(maxTokens)
                .build());
    }
}
