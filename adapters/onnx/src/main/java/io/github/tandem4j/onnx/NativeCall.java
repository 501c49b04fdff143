package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One call's runs of a session, which any thread may terminate in the middle of a run. */
final class NativeCall implements AutoCloseable {
    private final ActiveCalls calls;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private OrtSession.@Nullable RunOptions options;
    private volatile boolean terminated;
    private volatile Runnable onTerminate = () -> {};

    NativeCall(ActiveCalls calls, Thread thread) {
        this.calls = calls;
        this.thread = thread;
    }

    boolean isOn(Thread other) {
        return thread == other;
    }

    boolean isTerminated() {
        return terminated;
    }

    /** Has somebody told, on whatever thread, when this is terminated; the latest one alone. */
    void onTerminate(Runnable action) {
        onTerminate = action;
    }

    /** Ends the run that is going on, and keeps the next from starting. Quick, and does not throw. */
    void terminate() {
        lock.lock();
        try {
            terminated = true;
            if (options != null) {
                options.setTerminate(true);
            }
        } catch (OrtException e) {
            throw new AssertionError("setting a flag failed", e);
        } finally {
            lock.unlock();
        }
        onTerminate.run();
    }

    OrtSession.RunOptions options() throws OrtException {
        lock.lock();
        try {
            if (options == null) {
                options = new OrtSession.RunOptions();
                options.setTerminate(terminated);
            }
            return options;
        } finally {
            lock.unlock();
        }
    }

    void throwIfClosed() {
        calls.throwIfClosed();
    }

    /**
     * Ends what is between two runs of a call that is over. ONNX Runtime does not heed interrupts, so a thread that is wanted
     * elsewhere leaves there too.
     */
    void throwIfOver(CallContext context, String model) {
        throwIfClosed();
        context.throwIfOver(model);
        if (Thread.currentThread().isInterrupted()) {
            throw new CallCancelledException("call of " + model + " was interrupted");
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (options != null) {
                options.close();
                options = null;
            }
        } finally {
            lock.unlock();
        }
        calls.end(this);
    }
}
