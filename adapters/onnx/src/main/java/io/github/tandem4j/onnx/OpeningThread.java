package io.github.tandem4j.onnx;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The thread that sessions are made on: the same one for a model that is opened after another was closed. With a new
 * thread each time, a process that had opened and closed SmolLM2 twelve times more had 26 MB more than after the first
 * time. As far as glibc's account of its heaps shows, it is because threads have heaps of their own, of which it keeps
 * the topmost part for itself, even when it is asked to give back what is free: so the weights that each thread packed
 * left a rest in one heap after the other.
 *
 * <p>Models that are opened at the same time have a thread each. A thread that nobody needs ends after a while, so that
 * the library can be unloaded.
 */
final class OpeningThread {
    private static final long IDLE_MINUTES = 10;

    /** Where sessions are made. */
    static final Executor EXECUTOR = new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, IDLE_MINUTES, TimeUnit.MINUTES, new SynchronousQueue<>(), OpeningThread::thread);

    private OpeningThread() {}

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(null, task, "tandem-open", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(OpeningThread.class.getClassLoader()); // and not its first user's
        return thread;
    }
}
