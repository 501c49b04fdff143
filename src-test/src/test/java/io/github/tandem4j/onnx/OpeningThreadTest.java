package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OpeningThreadTest {

    @Test
    void modelsOpenedOneAfterTheOtherShareAThreadAndThoseAtOnceDoNot() {
        CompletableFuture<Boolean> hold = new CompletableFuture<>();
        CompletableFuture<Thread> held = new CompletableFuture<>();
        CompletableFuture<Thread> holding = CompletableFuture.supplyAsync(
                () -> {
                    held.complete(Thread.currentThread());
                    hold.join();
                    return Thread.currentThread();
                },
                OpeningThread.EXECUTOR);
        Thread first = held.join();
        Thread second = thread();
        awaitIdle(second);
        Thread third = thread();
        hold.complete(true);

        assertThat(holding.join()).isSameAs(first);
        assertThat(second).isNotSameAs(first);
        assertThat(third).isSameAs(second);
        assertThat(third.isDaemon()).isTrue();
    }

    private static Thread thread() {
        return CompletableFuture.supplyAsync(Thread::currentThread, OpeningThread.EXECUTOR)
                .join();
    }

    /** Until it waits for the next task, which with a time limit it does for nothing else. */
    private static void awaitIdle(Thread thread) {
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
    }
}
