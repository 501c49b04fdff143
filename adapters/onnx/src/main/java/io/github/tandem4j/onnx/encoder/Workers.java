package io.github.tandem4j.onnx.encoder;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Helps a caller with pieces of work. The caller works too, and waits only for pieces that somebody has begun: so
 * callers cannot starve each other, however few helpers there are.
 */
final class Workers implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final long IDLE_SECONDS = 10;

    private final int helpers;
    private final @Nullable ThreadPoolExecutor pool;

    /** @param threads those that work on one call, its caller's included */
    Workers(int threads) {
        helpers = threads - 1;
        if (helpers == 0) {
            pool = null;
        } else {
            pool = new ThreadPoolExecutor(
                    helpers, helpers, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                        Thread thread = new Thread(work, "tandem-encoder-" + NUMBER.incrementAndGet());
                        thread.setDaemon(true);
                        return thread;
                    });
            pool.allowCoreThreadTimeOut(true);
        }
    }

    /** Does the pieces 0 to {@code count - 1}, in any order; after one has failed, no other begins. */
    void each(int count, IntConsumer piece) {
        if (pool == null || count == 1) {
            for (int i = 0; i < count; i++) {
                piece.accept(i);
            }
            return;
        }
        Shared work = new Shared(count, piece);
        try {
            for (int i = 0; i < Math.min(helpers, count - 1); i++) {
                pool.execute(work);
            }
        } catch (RejectedExecutionException e) {
            // Closed in the meantime: the caller finds out by itself.
        }
        work.run();
        work.await();
    }

    @Override
    public void close() {
        if (pool != null) {
            pool.shutdown();
        }
    }

    private static final class Shared implements Runnable {
        private final int count;
        private final IntConsumer piece;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private final CountDownLatch left;

        Shared(int count, IntConsumer piece) {
            this.count = count;
            this.piece = piece;
            this.left = new CountDownLatch(count);
        }

        @Override
        public void run() {
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                try {
                    if (failure.get() == null) {
                        piece.accept(i);
                    }
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                } finally {
                    left.countDown();
                }
            }
        }

        /** Not cut by an interrupt, which stays set: what runs uses memory that the caller would free. */
        void await() {
            boolean interrupted = false;
            while (true) {
                try {
                    left.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            Throwable failed = failure.get();
            if (failed instanceof Error error) {
                throw error;
            }
            if (failed != null) {
                throw (RuntimeException) failed;
            }
        }
    }
}
