package io.github.tandem4j.onnx.grammar;

import java.util.function.IntFunction;

/** A generation's way through an automaton, and how many tokens it may still take to the end. */
final class AutomatonConstraint implements TokenConstraint {
    private final TokenAutomaton automaton;
    private final IntFunction<byte[]> bytes;
    private final boolean[] isText;
    private final Walk walk;
    private long left;
    private State state;
    private boolean isShortened;

    /** @param left how many tokens the text may have */
    AutomatonConstraint(TokenAutomaton automaton, IntFunction<byte[]> bytes, boolean[] isText, long left, Walk walk) {
        this.automaton = automaton;
        this.bytes = bytes;
        this.isText = isText;
        this.left = left;
        this.walk = walk;
        this.state = automaton.start();
    }

    /**
     * A byte takes at most a token. So as long as the bytes to the end fit into the tokens that are left, what would leave
     * more than that is ruled out, and the text comes to its end in time.
     */
    @Override
    public long[] allowed() {
        walk.begin();
        Mask mask = automaton.mask(state, walk);
        if (state.shortest > left || mask.longestLeft <= left - 1) {
            return mask.bits;
        }
        isShortened = true;
        return automaton.mask(state, left - 1, walk).bits;
    }

    @Override
    public void accept(int id) {
        State next = state;
        if (isText[id]) { // and not the end of a turn
            walk.begin();
            for (byte value : bytes.apply(id)) {
                next = automaton.step(next, value & 0xFF, walk);
            }
            if (next.isDead()) {
                throw new IllegalArgumentException("token " + id + " was not allowed");
            }
        }
        state = next;
        left--;
    }

    @Override
    public boolean isComplete() {
        return state.isComplete;
    }

    @Override
    public boolean isFinished() {
        return state.isFinished();
    }

    @Override
    public boolean isShortened() {
        return isShortened;
    }
}
