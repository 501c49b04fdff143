package io.github.tandem4j;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners what happens. One that throws is logged, loudly once for each type and quietly from then on. */
final class Listeners {

    private static final Logger log = LoggerFactory.getLogger(CallListener.class);

    /** Tied to the class, so that no class loader is kept alive. */
    private static final ClassValue<AtomicBoolean> WARNED = new ClassValue<>() {
        @Override
        protected AtomicBoolean computeValue(Class<?> type) {
            return new AtomicBoolean();
        }
    };

    private Listeners() {}

    static void tell(List<CallListener> listeners, Consumer<CallListener> event) {
        for (CallListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (RuntimeException e) {
                Class<?> type = listener.getClass();
                if (WARNED.get(type).compareAndSet(false, true)) {
                    log.warn(
                            "A call listener of type {} threw; the call goes on. Further ones are logged at DEBUG.",
                            type.getName(),
                            e);
                } else {
                    log.debug("A call listener of type {} threw; the call goes on.", type.getName(), e);
                }
            }
        }
    }
}
