package io.github.tandem4j.testkit;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** The same task on several threads of its own, all of which begin at one moment. */
final class Together {

    private Together() {}

    /** {@return what each made, in their order; the first to throw is the cause of the exception} */
    static <T> List<T> run(int threads, IntFunction<T> task) throws Exception {
        CyclicBarrier start = new CyclicBarrier(threads);
        List<CompletableFuture<T>> all = IntStream.range(0, threads)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> {
                            await(start);
                            return task.apply(i);
                        },
                        run -> new Thread(run, "contract-" + i).start()))
                .toList();
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get();
        return all.stream().map(CompletableFuture::join).toList();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(1, TimeUnit.MINUTES);
        } catch (Exception e) {
            throw new IllegalStateException("the threads of the test did not meet", e);
        }
    }
}
