package io.github.tandem4j.remote;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.ThrowingConsumer;

/** Cases that mostly wait: all begin together, each on a thread of its own, and each is a test of its own. */
final class AtOnce {

    /** How their threads' names begin. */
    static final String THREAD = "case ";

    private AtOnce() {}

    static <T> Stream<DynamicTest> tests(List<T> cases, ThrowingConsumer<T> test) {
        List<DynamicTest> tests = new ArrayList<>();
        for (T one : cases) {
            FutureTask<Void> running = new FutureTask<>(() -> {
                try {
                    test.accept(one);
                    return null;
                } catch (Exception | Error e) {
                    throw e;
                } catch (Throwable e) {
                    throw new AssertionError(e);
                }
            });
            Thread thread = new Thread(running, THREAD + one);
            thread.setDaemon(true);
            thread.start();
            tests.add(dynamicTest("[" + one + "]", () -> await(running)));
        }
        return tests.stream();
    }

    private static void await(FutureTask<Void> running) throws Throwable {
        try {
            running.get();
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }
}
