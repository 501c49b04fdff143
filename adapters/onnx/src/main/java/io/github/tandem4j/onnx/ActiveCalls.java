package io.github.tandem4j.onnx;

import io.github.tandem4j.EndpointClosedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The calls that run on a model's native memory, so that closing the model never pulls it away from under one: closing
 * ends all calls and waits for them, and the last one out releases the memory.
 */
final class ActiveCalls {
    private final String model;
    private final Runnable release;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();
    private final List<NativeCall> calls = new ArrayList<>();
    private boolean closed;
    private boolean isReleased;

    /**
     * @param model its name in errors
     * @param release frees the native memory; runs once
     */
    ActiveCalls(String model, Runnable release) {
        this.model = model;
        this.release = release;
    }

    NativeCall begin() {
        lock.lock();
        try {
            if (closed) {
                throw new EndpointClosedException(model + " is closed; open it again");
            }
            NativeCall call = new NativeCall(this, Thread.currentThread());
            calls.add(call);
            return call;
        } finally {
            lock.unlock();
        }
    }

    void end(NativeCall call) {
        lock.lock();
        try {
            calls.remove(call);
            releaseIfUnused();
        } finally {
            lock.unlock();
        }
    }

    void throwIfClosed() {
        lock.lock();
        try {
            if (closed) {
                throw new EndpointClosedException(model + " was closed during the call");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the calls, unless it is one of them that closes: then the memory is freed when that one ends. */
    void close() {
        lock.lock();
        try {
            closed = true;
            calls.forEach(NativeCall::terminate);
            releaseIfUnused();
            boolean inside = calls.stream().anyMatch(call -> call.isOn(Thread.currentThread()));
            while (!isReleased && !inside) {
                released.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void releaseIfUnused() {
        if (closed && calls.isEmpty() && !isReleased) {
            isReleased = true;
            try {
                release.run();
            } finally {
                released.signalAll();
            }
        }
    }
}
