package io.github.tandem4j.remote;

import io.github.tandem4j.CallContext;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The call that the current thread is making. LangChain4j's modules stand between the endpoint, which knows the call, and
 * the transport, which must end with it and sees of a stream what they keep to themselves; and they hand nothing through.
 * But they stay on the thread.
 *
 * @param context the call's limits
 * @param events hears the data of each event of a stream before LangChain4j does
 */
record CurrentCall(CallContext context, Consumer<String> events) {

    private static final CurrentCall NONE = new CurrentCall(CallContext.unlimited(), data -> {});
    private static final ThreadLocal<@Nullable CurrentCall> CURRENT = new ThreadLocal<>();

    /** Makes this call. A sink may make calls of its own meanwhile. */
    <T> T make(Supplier<T> call) {
        CurrentCall outer = CURRENT.get();
        CURRENT.set(this);
        try {
            return call.get();
        } finally {
            if (outer == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(outer);
            }
        }
    }

    /** {@return the call that the current thread is making; an unlimited one if there is none} */
    static CurrentCall get() {
        CurrentCall call = CURRENT.get();
        return call == null ? NONE : call;
    }
}
