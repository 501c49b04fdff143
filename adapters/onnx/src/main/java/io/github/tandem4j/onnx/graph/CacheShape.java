package io.github.tandem4j.onnx.graph;

/** What the shape of a layer's keys or values may be: {@code [batch, heads, tokens, head size]}. */
public final class CacheShape {

    /** The most heads, and the most numbers of a head; models have hundreds. */
    public static final long MOST = 1 << 14;

    private CacheShape() {}

    /**
     * Whether heads, or a head's size, are given and credible.
     *
     * @param extent how many; negative where a graph leaves it open
     * @return whether memory may be allocated by it
     */
    public static boolean isExtent(long extent) {
        return extent >= 1 && extent <= MOST;
    }
}
