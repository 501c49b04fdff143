package io.github.tandem4j.benchmarks;

import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.Verdict;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import jdk.jfr.consumer.RecordingStream;

/**
 * A thousand calls at once over an endpoint that takes 100 ms, on the library's own executor: virtual threads where the
 * JDK has them. Counts the pinned ones by the JDK's own event, once the classes are loaded.
 *
 * <pre>{@code
 * java -cp benchmarks.jar io.github.tandem4j.benchmarks.ManyCalls
 * }</pre>
 */
public final class ManyCalls {

    private static final int CALLS = 1000;
    private static final int ROUNDS = 12;

    private ManyCalls() {}

    /** Takes nothing. */
    public static void main(String[] args) throws InterruptedException {
        PrintStream out = System.out;
        ModelEndpoint slow = ModelEndpoint.of("slow", ModelProfile.local().build(), (chat, context, tokens) -> {
            Thread.sleep(100);
            return Completion.of("done");
        });
        ModelEndpoint idle =
                ModelEndpoint.of("idle", ModelProfile.local().build(), (chat, context, tokens) -> Completion.of("no"));
        ModelEndpoint cascade = Cascade.startingWith(idle)
                .keepWhen((request, reply) -> Verdict.defer("always"))
                .deferTo(slow)
                .build();
        slow.answer("?");
        cascade.answer("?"); // or the first calls wait, pinned, for each other's loading of classes
        AtomicInteger pinned = new AtomicInteger();
        try (RecordingStream events = new RecordingStream()) {
            events.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ZERO);
            events.onEvent("jdk.VirtualThreadPinned", event -> pinned.incrementAndGet());
            events.startAsync();
            measure(out, "an endpoint", slow);
            measure(out, "a cascade with a deadline", cascade);
            Thread.sleep(3000); // events come through once a second
        }
        out.println("pinned: " + pinned + ", on Java " + System.getProperty("java.version"));
    }

    private static void measure(PrintStream out, String what, ModelEndpoint endpoint) {
        long[] millis = new long[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            Request request = Request.of("?").deadline(Duration.ofSeconds(30));
            long start = System.nanoTime();
            CompletableFuture<?>[] calls = IntStream.range(0, CALLS)
                    .mapToObj(i -> endpoint.answerAsync(request))
                    .toArray(CompletableFuture<?>[]::new);
            CompletableFuture.allOf(calls).join();
            millis[round] = (System.nanoTime() - start) / 1_000_000;
            for (CompletableFuture<?> call : calls) {
                if (!((Reply) call.join()).text().equals("done")) {
                    throw new IllegalStateException("an answer is not the endpoint's");
                }
            }
        }
        long[] warm = java.util.Arrays.stream(millis).skip(2).sorted().toArray();
        out.printf(
                Locale.ROOT,
                "%d calls of %s: %d ms (%d to %d over %d rounds; the first, cold, %d)%n",
                CALLS,
                what,
                warm[warm.length / 2],
                warm[0],
                warm[warm.length - 1],
                warm.length,
                millis[0]);
    }
}
