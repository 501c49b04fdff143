package io.github.tandem4j.onnx;

/**
 * How many calls of a model there may be at once, and what their generations may take together.
 *
 * @param running how many calls run, 1 or more
 * @param waiting how many more wait, 0 or more
 * @param together how many generations are decoded together, 1 for each on its own
 * @param bytes of native memory that decoding together may take, 0 or more
 */
record Concurrency(int running, int waiting, int together, long bytes) {
    /** At 8 rows a run of SmolLM2 is still the cheaper way, by a little; a long one delays whoever joins. */
    private static final int USUAL_TOGETHER = 8;

    private static final int USUAL_WAITING = 64;
    private static final long USUAL_BYTES = 256_000_000;

    Concurrency {
        if (running < 1 || waiting < 0) {
            throw new IllegalArgumentException("calls at once are " + running + " with " + waiting
                    + " more waiting; valid: 1 or more with 0 or more");
        }
        if (together < 1 || bytes < 0) {
            throw new IllegalArgumentException("generations decoded together are " + together + " of " + bytes
                    + " bytes; valid: 1 or more of 0 bytes or more");
        }
    }

    /** Four calls at once, or as many as keep the cores busy. */
    static Concurrency usual(int threads) {
        int running = Math.max(4, PhysicalCores.count() / Math.max(1, threads));
        return new Concurrency(running, USUAL_WAITING, USUAL_TOGETHER, USUAL_BYTES);
    }
}
