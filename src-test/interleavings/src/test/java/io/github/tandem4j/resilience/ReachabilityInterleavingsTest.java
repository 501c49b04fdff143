package io.github.tandem4j.resilience;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.github.tandem4j.Interleavings;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TransientException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The interleavings, up to a bound, of calls that come when an unreachable endpoint is to be probed: one at a time is the
 * probe, and however they end, the way back stays open.
 */
class ReachabilityInterleavingsTest {

    /** The checker fails where what prints a time is first used within an interleaving. */
    @BeforeAll
    static void printsATime() {
        assertNotNull(Instant.EPOCH.toString());
    }

    @Test
    void oneCallAtATimeProbes() {
        Interleavings.options()
                .actorsPerThread(1)
                .sequentialSpecification(Unordered.class)
                .check(StaysAway.class);
    }

    @Test
    void theWayBackIsNeverLost() {
        Interleavings.options()
                .actorsPerThread(1)
                .sequentialSpecification(Unordered.class)
                .check(ComesAndGoes.class);
    }

    /** An endpoint that is not back: whoever is let through is a probe. */
    public static class StaysAway {

        private final TransientException away = new TransientException("away", null);
        private final RejectedRequestException rejected = new RejectedRequestException("no");
        private final SettableClock clock = new SettableClock();
        private final Reachability known =
                new Reachability("large", Duration.ofSeconds(1), Duration.ofSeconds(60), clock, null);
        private final AtomicInteger probes = new AtomicInteger();

        /** Makes it unreachable, and lets the time pass. */
        public StaysAway() {
            try (Reachability.Pass pass = known.enter()) {
                pass.failed(away);
            }
            clock.advance(Duration.ofDays(1));
        }

        /** Finds that it is still away, if it is let through. */
        @Operation
        public void callThatFails() {
            probe(away);
        }

        /** Finds out nothing, if it is let through. */
        @Operation
        public void callThatSaysNothing() {
            probe(rejected);
        }

        private void probe(TandemException failure) {
            try (Reachability.Pass pass = known.enter()) {
                if (probes.incrementAndGet() > 1) {
                    throw new IllegalStateException("two calls probe at once");
                }
                probes.decrementAndGet();
                pass.failed(failure);
            } catch (TransientException e) {
                // not let through
            }
        }

        /** Whatever has happened, time passes, and then a call may probe. */
        @Validate
        public void letsAProbeThrough() {
            clock.advance(Duration.ofDays(1));
            known.enter().close();
        }
    }

    /** An endpoint that is back for some calls and away for others. */
    public static class ComesAndGoes {

        private final TransientException away = new TransientException("away", null);
        private final RejectedRequestException rejected = new RejectedRequestException("no");
        private final SettableClock clock = new SettableClock();
        private final Reachability known =
                new Reachability("large", Duration.ofSeconds(1), Duration.ofSeconds(60), clock, null);

        /** Makes it unreachable, and lets the time pass. */
        public ComesAndGoes() {
            callThatFails();
            clock.advance(Duration.ofDays(1));
        }

        /** Reaches it, if it is let through. */
        @Operation
        public void callThatSucceeds() {
            try (Reachability.Pass pass = known.enter()) {
                var unused = pass.reached();
            } catch (TransientException e) {
                // not let through
            }
        }

        /** Finds it away, if it is let through. */
        @Operation
        public void callThatFails() {
            fail(away);
        }

        /** Finds out nothing, if it is let through. */
        @Operation
        public void callThatSaysNothing() {
            fail(rejected);
        }

        private void fail(TandemException failure) {
            try (Reachability.Pass pass = known.enter()) {
                pass.failed(failure);
            } catch (TransientException e) {
                // not let through
            }
        }

        /** Whatever has happened, time passes, and then a call is let through, and brings it back. */
        @Validate
        public void canComeBack() {
            clock.advance(Duration.ofDays(1));
            try (Reachability.Pass pass = known.enter()) {
                var unused = pass.reached();
            }
            if (known.isOffline()) {
                throw new IllegalStateException("offline although a call was answered");
            }
        }
    }

    /** One after the other: nothing is returned that could differ. */
    public static class Unordered {

        /** Like {@link ComesAndGoes#callThatSucceeds}. */
        public void callThatSucceeds() {}

        /** Like {@link ComesAndGoes#callThatFails}. */
        public void callThatFails() {}

        /** Like {@link ComesAndGoes#callThatSaysNothing}. */
        public void callThatSaysNothing() {}
    }
}
