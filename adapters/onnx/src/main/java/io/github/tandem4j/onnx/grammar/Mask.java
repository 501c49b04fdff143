package io.github.tandem4j.onnx.grammar;

/** The tokens that may follow a state. Not changed once it is made. */
final class Mask {
    final long[] bits;
    /** The longest way to the end, in bytes, that any of the tokens leaves. */
    final long longestLeft;

    Mask(long[] bits, long longestLeft) {
        this.bits = bits;
        this.longestLeft = longestLeft;
    }
}
