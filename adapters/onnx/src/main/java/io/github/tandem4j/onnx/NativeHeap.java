package io.github.tandem4j.onnx;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * The C library's heap. What is freed to it stays the process's until somebody asks for it back: after a cache of 2,000
 * tokens some 160 MB did. The JVM can ask, where the C library is glibc and the JDK has the command.
 */
final class NativeHeap {
    private static final long SOON = TimeUnit.SECONDS.toNanos(1);

    private static final AtomicBoolean PENDING = new AtomicBoolean();

    private NativeHeap() {}

    /** Gives what is free back to the system in a second, on another thread, and what is freed until then with it. */
    static void trimSoon() {
        if (PENDING.compareAndSet(false, true)) {
            Sweeper.TIMER.after(SOON, () -> {
                PENDING.set(false);
                trim();
            });
        }
    }

    /** Whether the JVM could. Takes milliseconds, the first time more, for the JDK's management is loaded. */
    static boolean trim() {
        try {
            ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "systemTrimNativeHeap",
                            new Object[0],
                            new String[0]);
            return true;
        } catch (JMException | RuntimeException e) {
            return false; // a JDK or a system without it: then the memory waits for the next one who needs some
        }
    }
}
