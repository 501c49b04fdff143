package io.github.tandem4j.reliability;

import com.sun.management.UnixOperatingSystemMXBean;
import io.github.tandem4j.loopback.LoopbackServer;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/** What calls may leave behind: threads at work, connections, file descriptors, buffers outside the heap, objects. */
final class Leftovers {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Leftovers() {}

    /** Waits until the server is in no exchange and no thread is inside the library. */
    static void awaitQuiet(LoopbackServer server) throws InterruptedException {
        await("exchanges under way at the server", () -> server.busyConnections() == 0);
        await(
                "threads inside the library, " + threadsAtWork(),
                () -> threadsAtWork().isEmpty());
    }

    /** Threads that are somewhere in the library's code, but this one and the server's. Idle ones of a pool are not. */
    static Set<String> threadsAtWork() {
        Set<String> names = new TreeSet<>();
        for (Map.Entry<Thread, StackTraceElement[]> entry :
                Thread.getAllStackTraces().entrySet()) {
            Thread thread = entry.getKey();
            boolean inside = Arrays.stream(entry.getValue())
                    .anyMatch(frame -> frame.getClassName().startsWith("io.github.tandem4j."));
            if (inside && thread != Thread.currentThread() && !thread.getName().equals("loopback")) {
                names.add(thread.getName());
            }
        }
        return names;
    }

    /** The library's and its HTTP client's threads, idle or not, but for the one timer and the one selector. */
    static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("tandem-") || name.startsWith("HttpClient-"))
                .filter(name -> !name.startsWith("tandem-timer") && !name.endsWith("SelectorManager"))
                .sorted()
                .toList();
    }

    /** How many files and sockets are open; zero where the system does not tell. */
    static long openFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : 0;
    }

    /** How many bytes the direct buffers have. */
    static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    /** How many of these objects the garbage collector leaves, given time. */
    static long stillReachable(List<WeakReference<Object>> sample) throws InterruptedException {
        for (int i = 0; i < 50 && alive(sample) > 0; i++) {
            System.gc();
            Thread.sleep(20);
        }
        return alive(sample);
    }

    private static long alive(List<WeakReference<Object>> sample) {
        return sample.stream().filter(one -> one.get() != null).count();
    }

    static void await(String what, BooleanSupplier isGone) throws InterruptedException {
        await(what, PATIENCE, isGone);
    }

    static void await(String what, Duration patience, BooleanSupplier isGone) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (!isGone.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("after " + patience + " there are still " + what);
            }
            Thread.sleep(5);
        }
    }
}
