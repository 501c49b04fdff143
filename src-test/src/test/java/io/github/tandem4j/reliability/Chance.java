package io.github.tandem4j.reliability;

import java.util.SplittableRandom;

/** Chance that a seed, a call and a place in it fix: it does not depend on which thread comes first. */
record Chance(long seed) {

    /** The chance of this part of it. */
    Chance of(Object... part) {
        long mixed = seed;
        for (Object one : part) {
            mixed = (mixed ^ one.hashCode()) * 0x9E3779B97F4A7C15L;
            mixed ^= mixed >>> 29;
        }
        return new Chance(mixed);
    }

    SplittableRandom random() {
        return new SplittableRandom(seed);
    }

    int below(int bound) {
        return random().nextInt(bound);
    }
}
