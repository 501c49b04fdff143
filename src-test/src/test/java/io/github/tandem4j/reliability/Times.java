package io.github.tandem4j.reliability;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Durations, and how long the slowest of them are. */
final class Times {

    private final List<Duration> all = new ArrayList<>();

    void add(Duration time) {
        all.add(time);
    }

    /** The time that a share of all, 0 to 1, does not exceed; zero if there is none. */
    Duration quantile(double share) {
        if (all.isEmpty()) {
            return Duration.ZERO;
        }
        List<Duration> sorted = new ArrayList<>(all);
        Collections.sort(sorted);
        return sorted.get((int) Math.min(sorted.size() - 1L, (long) Math.ceil(share * sorted.size()) - 1));
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "p50 %.1f, p99 %.1f, max %.1f ms of %d",
                quantile(0.5).toNanos() / 1e6,
                quantile(0.99).toNanos() / 1e6,
                quantile(1).toNanos() / 1e6,
                all.size());
    }
}
