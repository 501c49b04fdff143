package io.github.tandem4j;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * The interleavings, up to a bound, of registering actions on a cancellation, taking them back, and cancelling: an action
 * runs once or never, and once if it was registered, never taken back, and there was a cancellation.
 */
class CancellationInterleavingsTest {

    @Test
    void everyActionRunsOnceOrWasTakenBack() {
        Interleavings.options()
                .actorsBefore(1)
                .sequentialSpecification(Unordered.class)
                .check(Actions.class);
    }

    /** Up to four actions on one cancellation. */
    @Param(name = "action", gen = IntGen.class, conf = "0:3")
    public static class Actions {

        private final Cancellation cancellation = Cancellation.create();
        private final AtomicInteger[] runs = {
            new AtomicInteger(), new AtomicInteger(), new AtomicInteger(), new AtomicInteger()
        };
        private final AtomicInteger[] registered = {
            new AtomicInteger(), new AtomicInteger(), new AtomicInteger(), new AtomicInteger()
        };
        private final AtomicInteger[] takenBack = {
            new AtomicInteger(), new AtomicInteger(), new AtomicInteger(), new AtomicInteger()
        };
        private final AtomicReferenceArray<Cancellation.Registration> registrations = new AtomicReferenceArray<>(4);

        /** Registers an action, which may be registered more than once. */
        @Operation
        public void register(@Param(name = "action") int action) {
            registered[action].incrementAndGet();
            registrations.set(action, cancellation.onCancel(runs[action]::incrementAndGet));
        }

        /** Takes the latest registration back, if there is one. */
        @Operation
        public void takeBack(@Param(name = "action") int action) {
            Cancellation.Registration registration = registrations.getAndSet(action, null);
            if (registration != null) {
                registration.close();
                takenBack[action].incrementAndGet();
            }
        }

        /** Cancels; only the first counts. */
        @Operation
        public void cancel() {
            cancellation.cancel();
        }

        /** Between what must have run and what may have. */
        @Validate
        public void eachRanOnceOrWasTakenBack() {
            for (int i = 0; i < 4; i++) {
                int most = cancellation.isCancelled() ? registered[i].get() : 0;
                int least = Math.max(0, most - takenBack[i].get());
                if (runs[i].get() < least || runs[i].get() > most) {
                    throw new IllegalStateException("action " + i + " ran " + runs[i] + " times; registered "
                            + registered[i] + ", taken back " + takenBack[i]);
                }
            }
        }
    }

    /** One after the other: nothing is returned that could differ. */
    public static class Unordered {

        /** Like {@link Actions#register}. */
        public void register(int action) {}

        /** Like {@link Actions#takeBack}. */
        public void takeBack(int action) {}

        /** Like {@link Actions#cancel}. */
        public void cancel() {}
    }
}
