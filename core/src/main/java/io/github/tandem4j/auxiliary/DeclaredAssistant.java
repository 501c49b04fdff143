package io.github.tandem4j.auxiliary;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import java.util.List;
import java.util.Objects;

/** An assistant with what is said of it: whether it masks, and whom it may ask. */
record DeclaredAssistant(Assistant assistant, boolean masks, List<ModelEndpoint> helpers) implements Assistant {

    DeclaredAssistant {
        Objects.requireNonNull(assistant, "assistant");
        helpers = List.copyOf(helpers);
    }

    @Override
    public Reply assist(Assistance assistance) {
        return assistant.assist(assistance);
    }
}
