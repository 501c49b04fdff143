package io.github.tandem4j.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random nestings of all strategies over real HTTP, three exchanges in ten of which go wrong: no call is lost or answered
 * twice, none gets another's answer, every cost is accounted for, and nothing is left behind. The same with calls that are
 * stopped at random moments.
 *
 * <p>In full, with the profile {@code thorough}, these are 100,000 calls each. The seed fixes nestings, faults, and how
 * each call is made and stopped; which threads come first it does not fix.
 */
@Timeout(7_200)
class ReliabilityTest {

    private static final boolean THOROUGH = Boolean.getBoolean("tandem.thorough");
    private static final long SEED = 20261124;
    private static final int BATCHES = THOROUGH ? 100 : 2;
    private static final int CALLS_IN_A_BATCH = THOROUGH ? 1_000 : 300;

    /** What the first batch leaves, others may vary by a little: pools and caches have not all grown to the same size. */
    private static final int FILES = 32;

    private static final long DIRECT_BYTES = 4L << 20;

    @ParameterizedTest(name = "stopped at random moments: {0}")
    @ValueSource(booleans = {false, true})
    void everyCallEndsOnceIsPaidForAndLeavesNothing(boolean isStopped) throws InterruptedException {
        Figures figures = new Figures();
        long files = 0;
        long direct = 0;
        long start = System.nanoTime();
        for (int i = 0; i < BATCHES; i++) {
            try (Batch batch = new Batch(SEED + i, isStopped, CALLS_IN_A_BATCH)) {
                batch.make();
                batch.audit(figures);
                assertThat(figures.violations())
                        .as("the first of %d violations, in batch %d", figures.violationCount(), i)
                        .isEmpty();
                assertThat(Leftovers.stillReachable(batch.forget()))
                        .as("requests, replies and failures of the calls of batch %d that something still holds", i)
                        .isZero();
            }
            if (i == 0) {
                files = Leftovers.openFiles() + FILES;
                direct = Leftovers.directBytes() + DIRECT_BYTES;
            }
            if ((i + 1) % 10 == 0) { // in full it takes a while
                report(isStopped, figures, start);
            }
        }
        report(isStopped, figures, start);
        long mostFiles = files;
        Leftovers.await("open files and sockets", () -> Leftovers.openFiles() <= mostFiles);
        assertThat(Leftovers.directBytes()).isLessThan(direct);
        if (THOROUGH) {
            // Idle threads of pools go after a minute.
            Leftovers.await(
                    "threads", Duration.ofMinutes(3), () -> Leftovers.threads().isEmpty());
            assertThat(figures.lateness().quantile(0.99))
                    .as("time past the deadline that 99 calls in 100 do not exceed")
                    .isLessThanOrEqualTo(Duration.ofMillis(50));
        }
    }

    private static void report(boolean isStopped, Figures figures, long start) {
        System.out.printf(
                "seed %d, stopped at random moments %s: %s; %.0f s, %d files open, %d direct bytes%n",
                SEED,
                isStopped,
                figures,
                (System.nanoTime() - start) / 1e9,
                Leftovers.openFiles(),
                Leftovers.directBytes());
    }
}
