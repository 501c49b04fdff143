package io.github.tandem4j.routing;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which endpoint a session is with, for a {@linkplain Routing.Builder#sticky sticky routing}. It may forget any
 * session at any time: a session that is not known is routed as a new one.
 *
 * <p>Called on the threads of the calls, once before and once after each answer, by many at once; so it must be quick. One
 * that throws breaks no call: it is logged, and the call is routed as without a session. When the call's deadline passes
 * or it is cancelled, the thread is interrupted: a look-up that was under way ends with the call, and of an update that
 * was, only the answer stays. A store that heeds no interrupt holds its call up. {@code SessionStoreContract} of the test
 * kit shows whether a store keeps what is said here.
 */
public interface SessionStore {

    /** {@return what is known of a session; empty if it is new, or was forgotten} */
    Optional<Affinity> find(SessionKey key);

    /**
     * Changes what is known of a session, atomically: of two parallel updates of one session, one sees what the other has
     * made. Over a database this is a transaction, or a compare-and-set that is tried again.
     *
     * @param key the session
     * @param change makes the new of the old, which is null if nothing is known; it has no side effects and may be applied
     *     several times
     */
    void update(SessionKey key, Function<@Nullable Affinity, Affinity> change);
}
