package io.github.tandem4j.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What of this process is in memory, in bytes, by {@code /proc}, which is Linux's.
 *
 * @param total all of it
 * @param most the most that it has been so far
 * @param heap in the address range that the JVM says its heap has; 0 if it does not say
 * @param virtualMachine what the JVM has committed for classes and compiled code
 * @param files pages of files that are mapped: libraries, and weights until they are packed
 */
record ResidentMemory(long total, long most, long heap, long virtualMachine, long files) {
    private static final Pattern HEAP = Pattern.compile("\\[0x([0-9a-f]+), (?:0x[0-9a-f]+, )?0x([0-9a-f]+)\\)");
    private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) .*");

    static ResidentMemory now() {
        try {
            List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
            return new ResidentMemory(
                    bytes(status, "VmRSS:"),
                    bytes(status, "VmHWM:"),
                    heapBytes(),
                    ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getCommitted(),
                    bytes(status, "RssFile:"));
        } catch (IOException e) {
            throw new UncheckedIOException("no /proc here; valid: Linux", e);
        }
    }

    private static long heapBytes() throws IOException {
        Matcher heap = HEAP.matcher(heapInfo());
        if (!heap.find()) {
            return 0;
        }
        long from = Long.parseUnsignedLong(heap.group(1), 16);
        long to = Long.parseUnsignedLong(heap.group(2), 16);
        long sum = 0;
        boolean inside = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            Matcher mapping = MAPPING.matcher(line);
            if (mapping.matches()) {
                long start = Long.parseUnsignedLong(mapping.group(1), 16);
                inside = Long.compareUnsigned(start, from) >= 0 && Long.compareUnsigned(start, to) < 0;
            } else if (inside && line.startsWith("Rss:")) {
                sum += number(line);
            }
        }
        return sum;
    }

    private static String heapInfo() {
        try {
            return (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcHeapInfo",
                            new Object[0],
                            new String[0]);
        } catch (JMException e) {
            return "";
        }
    }

    private static long bytes(List<String> status, String name) {
        return status.stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(ResidentMemory::number)
                .sum();
    }

    private static long number(String kilobytes) {
        return Long.parseLong(kilobytes.replaceAll("\\D", "")) * 1024;
    }
}
