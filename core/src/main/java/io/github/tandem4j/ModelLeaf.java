package io.github.tandem4j;

import dev.langchain4j.model.chat.request.ChatRequest;
import java.util.Objects;

/** A leaf around a lambda. */
final class ModelLeaf extends LeafEndpoint {

    private final Model model;

    ModelLeaf(String id, ModelProfile profile, Model model) {
        super(id, profile);
        this.model = Objects.requireNonNull(model, "model");
    }

    @Override
    protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) throws Exception {
        return model.complete(chat, context, tokens);
    }
}
