package io.github.tandem4j.router.outcomes;

/**
 * How much a file of recorded outcomes may hold, so that a small zipped file fills neither the memory nor the day. Raise
 * them for files that are known to be good.
 *
 * @param rows the most rows of a file
 * @param bytes the most bytes of a file, unpacked if it is gzipped
 */
public record OutcomeLimits(long rows, long bytes) {

    private static final OutcomeLimits DEFAULT = new OutcomeLimits(5_000_000, 4L << 30);

    /** Checks that both are one or more. */
    public OutcomeLimits {
        if (rows < 1 || bytes < 1) {
            throw new IllegalArgumentException(
                    "limits are " + rows + " rows and " + bytes + " bytes; valid is one or more of each");
        }
    }

    /** {@return 5,000,000 rows and 4 GiB: what holds where no others are named} */
    public static OutcomeLimits ofDefaults() {
        return DEFAULT;
    }

    String rowsExceeded() {
        return "is beyond the " + rows
                + " rows that a file may have; valid is as many, or a higher limit (OutcomeLimits)";
    }
}
