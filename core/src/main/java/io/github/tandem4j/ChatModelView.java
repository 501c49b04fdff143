package io.github.tandem4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.Set;
import java.util.function.UnaryOperator;

/** An endpoint where LangChain4j takes a chat model. */
final class ChatModelView implements ChatModel {

    private final ModelEndpoint endpoint;
    private final UnaryOperator<Request> limits;

    ChatModelView(ModelEndpoint endpoint, UnaryOperator<Request> limits) {
        this.endpoint = endpoint;
        this.limits = limits;
    }

    @Override
    public ChatResponse doChat(ChatRequest chat) {
        try {
            return endpoint.answer(limits.apply(Request.of(chat))).response();
        } catch (TandemException e) {
            throw Failures.inLangChain4jsTerms(e);
        }
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return capabilitiesOf(endpoint);
    }

    static Set<Capability> capabilitiesOf(ModelEndpoint endpoint) {
        return endpoint.profile().can(ModelCapability.JSON_SCHEMA)
                ? Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA)
                : Set.of();
    }
}
