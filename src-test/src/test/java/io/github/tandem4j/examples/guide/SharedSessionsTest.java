package io.github.tandem4j.examples.guide;

import io.github.tandem4j.routing.SessionStore;
import io.github.tandem4j.testkit.SessionStoreContract;

/** The store that the guide shows is one. */
final class SharedSessionsTest extends SessionStoreContract {

    private final Conversations.SharedSessions sessions = new Conversations.SharedSessions();

    @Override
    protected SessionStore store() {
        return sessions;
    }
}
