package io.github.tandem4j.examples;

import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;

/** Endpoints made of a lambda: whatever answers can take part, with all limits kept around it. */
final class Endpoints {

    private Endpoints() {}

    static ModelEndpoint answering(String id, String text) {
        return ModelEndpoint.of(id, ModelProfile.local().build(), (chat, context, tokens) -> Completion.of(text));
    }
}
