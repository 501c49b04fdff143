package io.github.tandem4j.onnx.grammar;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All places in which a text so far may be. What it leads to is found when it is first asked for. */
final class State {
    final Set<Frame> frames;
    /** Whether the text may end here. */
    final boolean isComplete;
    /** How many bytes are at least still to come. */
    final long shortest;

    /** By byte; null where it is not known yet. Read without a lock: what it holds is immutable but for such. */
    State @Nullable [] next;

    volatile @Nullable Mask mask;

    State(Set<Frame> frames, boolean isComplete) {
        this.frames = frames;
        this.isComplete = isComplete;
        long least = isComplete ? 0 : Grammar.NEVER;
        for (Frame frame : frames) {
            least = Math.min(least, frame.shortest);
        }
        shortest = least;
    }

    /** Whether the text has ended, since nothing more may come. */
    boolean isFinished() {
        return isComplete && frames.isEmpty();
    }

    boolean isDead() {
        return !isComplete && frames.isEmpty();
    }
}
