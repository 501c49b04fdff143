package io.github.tandem4j.auxiliary;

import io.github.tandem4j.Reply;
import java.util.Objects;

/** An assistant that says of itself that it masks. */
final class MaskingAssistant implements Assistant {

    private final Assistant assistant;

    MaskingAssistant(Assistant assistant) {
        this.assistant = Objects.requireNonNull(assistant, "assistant");
    }

    @Override
    public Reply assist(Assistance assistance) {
        return assistant.assist(assistance);
    }

    @Override
    public boolean masks() {
        return true;
    }
}
