package io.github.tandem4j.routing;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Names a session in a {@link SessionStore}. Its three parts are apart, so that no two sessions share a key; a store that
 * needs one string must keep them apart too.
 *
 * @param tenant on whose behalf the calls are made; null if the requests name nobody, which is a tenant of its own
 * @param session the conversation
 * @param routing the id of the routing; routings that share a store need ids of their own
 */
public record SessionKey(@Nullable String tenant, String session, String routing) {

    /** Refuses a null session and routing. */
    public SessionKey {
        Objects.requireNonNull(session, "session");
        Objects.requireNonNull(routing, "routing");
    }

    /** {@return the routing alone: who a session belongs to is nothing for a log} */
    @Override
    public String toString() {
        return "SessionKey[of " + routing + "]";
    }
}
