package io.github.tandem4j.router.replay;

import java.util.function.DoubleConsumer;

/** A part of a longer run, so that one bar shows the whole. */
record Part(DoubleConsumer whole, double from, double to) implements DoubleConsumer {

    /** Where the part is, 0..1. */
    @Override
    public void accept(double done) {
        whole.accept(from + done * (to - from));
    }

    /** {@return a part of this part} */
    Part part(double begin, double end) {
        return new Part(whole, from + begin * (to - from), from + end * (to - from));
    }
}
