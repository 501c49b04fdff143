package io.github.tandem4j.onnx;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * The C library's heap. What is freed to it stays the process's until somebody asks for it back: after a cache of 2,000
 * tokens some 160 MB did. The JVM can ask, where the C library is glibc and the JDK has the command.
 */
final class NativeHeap {
    private NativeHeap() {}

    /** Gives what is free back to the system, if the JVM can; takes milliseconds, so not for a call's path. Whether it was asked. */
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
            // A JDK or a system without it: then the memory waits for the next one who needs some.
            return false;
        }
    }
}
