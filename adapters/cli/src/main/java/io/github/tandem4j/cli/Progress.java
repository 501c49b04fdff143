package io.github.tandem4j.cli;

import java.io.Console;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar on standard error, drawn when there is progress and somebody who sees it. */
final class Progress implements AutoCloseable {

    private static final long STEPS = 1000;

    private final String task;
    private final Surroundings surroundings;
    private @Nullable ProgressBar bar;

    Progress(String task, Surroundings surroundings) {
        this.task = task;
        this.surroundings = surroundings;
    }

    /** Moves to a fraction, 0 to 1. */
    void to(double fraction) {
        if (!isTerminal() || surroundings.variable("TERM").equals("dumb")) {
            return; // a log file is no place for a bar
        }
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(STEPS)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .setConsumer(new ConsoleProgressBarConsumer(surroundings.err()))
                    .hideEta()
                    .build();
        }
        bar.stepTo(Math.round(fraction * STEPS));
    }

    /** The JDK tells of standard input and output together; Linux of standard error, to which the bar goes. */
    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return hasConsole();
        }
    }

    @SuppressWarnings(
            "SystemConsoleNull") // it is null without a terminal before JDK 22, and says so itself from there on
    private static boolean hasConsole() {
        Console console = System.console();
        try {
            return console != null
                    && Boolean.TRUE.equals(Console.class.getMethod("isTerminal").invoke(console));
        } catch (NoSuchMethodException e) {
            return console != null;
        } catch (IllegalAccessException | InvocationTargetException e) {
            return false;
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
