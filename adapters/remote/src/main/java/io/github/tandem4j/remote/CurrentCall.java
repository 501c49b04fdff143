package io.github.tandem4j.remote;

import io.github.tandem4j.CallContext;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The call that the current thread is making. LangChain4j's modules stand between the endpoint, which knows the call, and
 * the transport, which must end with it, and they hand nothing through; but they stay on the thread.
 */
final class CurrentCall {

    private static final ThreadLocal<@Nullable CallContext> CONTEXT = new ThreadLocal<>();

    private CurrentCall() {}

    /** Makes a call in this context. A sink may make calls of its own meanwhile. */
    static <T> T in(CallContext context, Supplier<T> call) {
        CallContext outer = CONTEXT.get();
        CONTEXT.set(context);
        try {
            return call.get();
        } finally {
            if (outer == null) {
                CONTEXT.remove();
            } else {
                CONTEXT.set(outer);
            }
        }
    }

    /** {@return the context of the call that the current thread is making; unlimited if there is none} */
    static CallContext context() {
        CallContext context = CONTEXT.get();
        return context == null ? CallContext.unlimited() : context;
    }
}
