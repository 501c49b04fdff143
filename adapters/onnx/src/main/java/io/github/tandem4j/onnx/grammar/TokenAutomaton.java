package io.github.tandem4j.onnx.grammar;

import io.github.tandem4j.RejectedRequestException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A pushdown automaton over bytes, made deterministic as it is walked, and the masks of its states over one vocabulary.
 *
 * <p>A state is a set of stacks; a stack is a place in the grammar and all that follows it. Stacks and states are each made
 * once, so that a state met before has its transitions and its mask. No stack is kept whose text cannot be ended with the
 * bytes that the vocabulary spells, so that there is no dead end.
 *
 * <p>Masks are found by one walk along the vocabulary's tree. What lies farther away than the longest token does not matter
 * to them: counters of repetitions are brought down to that before, so that {@code "maxLength": 1000} has some twenty masks
 * and not a thousand.
 *
 * <p>A question takes so many steps at most, and ends with the call that asks it: see {@link Walk}. Thread-safe. Bounded: when
 * too much has gathered, all but the states in use are forgotten.
 */
final class TokenAutomaton {
    private static final int MOST_FRAMES_OF_A_STATE = 2500;
    private static final int MOST_STEPS_OF_A_STATE = 100_000;
    private static final int MOST_FRAMES = 300_000;
    private static final int MOST_STATES = 20_000;
    private static final long MOST_MASK_BYTES = 4 << 20;

    private static final State DEAD = new State(Set.of(), false);

    private final Grammar grammar;
    private final TokenTrie trie;
    private final long[] ends;
    private final Map<Frame, Frame> frames = new HashMap<>();
    private final Map<Set<Frame>, State> complete = new HashMap<>();
    private final Map<Set<Frame>, State> incomplete = new HashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private long maskBytes;
    private final State start;

    /** @param ends tokens that end a turn, as bits */
    TokenAutomaton(Grammar grammar, TokenTrie trie, long[] ends) {
        this.grammar = grammar.spelledBy(trie.spelled());
        this.trie = trie;
        this.ends = ends;
        if (!this.grammar.hasText()) {
            throw new RejectedRequestException(
                    "the model's vocabulary cannot spell any text of what is asked for; valid: one of its own"
                            + " characters");
        }
        Gathering first = new Gathering(Walk.unwatched());
        first.push(frame(this.grammar.root(), 0, null));
        start = first.state();
    }

    State start() {
        return start;
    }

    /** Where a byte leads; a dead state if nowhere. */
    State step(State state, int value, Walk walk) {
        State[] next = state.next;
        State known = next == null ? null : next[value];
        return known != null ? known : find(state, value, walk);
    }

    /** The tokens that may come next, those that end a turn among them if the text may end. */
    Mask mask(State state, Walk walk) {
        Mask known = state.mask;
        return known != null ? known : findMask(state, walk);
    }

    /** The tokens that leave at most so many bytes to come. */
    Mask mask(State state, long most, Walk walk) {
        walk.enter(lock);
        try {
            return withEnds(state, trie.walk(this, state, most, walk));
        } finally {
            lock.unlock();
        }
    }

    private Mask findMask(State state, Walk walk) {
        walk.enter(lock);
        try {
            Mask known = state.mask;
            if (known != null) {
                return known;
            }
            State near = near(state, walk);
            Mask found;
            if (near == state) {
                found = withEnds(state, trie.walk(this, state, Grammar.NEVER, walk));
                maskBytes += 8L * found.bits.length;
            } else {
                Mask shared = mask(near, walk);
                found = new Mask(shared.bits, Grammar.sum(shared.longestLeft, farther(state, near, walk)));
            }
            state.mask = found;
            return found;
        } finally {
            lock.unlock();
        }
    }

    private Mask withEnds(State state, Mask mask) {
        if (state.isComplete) {
            for (int i = 0; i < ends.length; i++) {
                mask.bits[i] |= ends[i];
            }
        }
        return mask;
    }

    private State find(State state, int value, Walk walk) {
        walk.enter(lock);
        try {
            return found(state, value, walk);
        } finally {
            lock.unlock();
        }
    }

    private State found(State state, int value, Walk walk) {
        forgetIfTooMuch();
        State[] next = state.next;
        if (next == null) {
            next = new State[256];
            state.next = next;
        }
        State found = DEAD;
        if (grammar.isAvailable(value)) {
            walk.steps(state.frames.size());
            Gathering gathering = new Gathering(walk);
            for (Frame frame : state.frames) {
                if (frame.node instanceof Node.ByteSet set) {
                    if (set.has(value)) {
                        gathering.pop(frame.parent);
                    }
                } else if (frame.node instanceof Node.Literal literal && (literal.bytes[frame.at] & 0xFF) == value) {
                    if (frame.at + 1 < literal.bytes.length) {
                        gathering.push(frame(literal, frame.at + 1, frame.parent));
                    } else {
                        gathering.pop(frame.parent);
                    }
                }
            }
            found = gathering.state();
        }
        next[value] = found;
        return found;
    }

    private void forgetIfTooMuch() {
        if (frames.size() > MOST_FRAMES
                || complete.size() + incomplete.size() > MOST_STATES
                || maskBytes > MOST_MASK_BYTES) {
            // A state holds all that were found behind it, and the first one is never given up.
            start.next = null;
            complete.values().forEach(state -> state.next = null);
            incomplete.values().forEach(state -> state.next = null);
            frames.clear();
            complete.clear();
            incomplete.clear();
            start.next = null; // or all would still be held by it
            maskBytes = 0;
        }
    }

    private Frame frame(Node node, int at, @Nullable Frame parent) {
        long rest = parent == null ? 0 : parent.shortest;
        Frame made = new Frame(node, at, parent, Grammar.sum(rest, grammar.shortest(node, at)));
        Frame known = frames.putIfAbsent(made, made);
        return known == null ? made : known;
    }

    private State state(Set<Frame> waiting, boolean isComplete) {
        if (waiting.isEmpty() && !isComplete) {
            return DEAD;
        }
        return (isComplete ? complete : incomplete).computeIfAbsent(waiting, key -> new State(key, isComplete));
    }

    /** The state with all counters brought down to what a token can reach. */
    private State near(State state, Walk walk) {
        Set<Frame> frames = new HashSet<>();
        boolean isSame = true;
        for (Frame frame : state.frames) {
            Frame near = near(frame, walk);
            isSame &= near.equals(frame);
            frames.add(near);
        }
        return isSame ? state : state(frames, state.isComplete);
    }

    private Frame near(Frame frame, Walk walk) {
        Deque<Frame> path = new ArrayDeque<>();
        for (Frame each = frame; each != null; each = each.parent) {
            path.push(each);
        }
        walk.steps(path.size());
        Frame parent = null;
        for (Frame each : path) {
            int at = each.node instanceof Node.Repeat repeat ? near(repeat, each.at) : each.at;
            parent = at == each.at && Objects.equals(parent, each.parent) ? each : frame(each.node, at, parent);
        }
        return parent == null ? frame : parent;
    }

    private int near(Node.Repeat repeat, int done) {
        int reach = trie.longest() + 1;
        if (done < repeat.least) {
            return Math.max(done, repeat.least - reach);
        }
        // Where neither the least nor the most can be reached, it does not matter how many rounds were made.
        return repeat.most == Node.UNBOUNDED || repeat.most - done <= reach ? done : repeat.least;
    }

    /** By how much the way to the end is at most shorter in the near state. */
    private long farther(State state, State near, Walk walk) {
        long most = 0;
        for (Frame frame : state.frames) {
            most = Math.max(most, frame.shortest - near(frame, walk).shortest);
        }
        return near.isDead() ? 0 : most;
    }

    /** Follows what takes no byte, until all that is left waits for one. */
    private final class Gathering {
        private final Deque<Frame> open = new ArrayDeque<>();
        private final Set<Frame> seen = new HashSet<>();
        private final Set<Frame> waiting = new HashSet<>();
        private final Walk walk;
        private boolean isComplete;

        Gathering(Walk walk) {
            this.walk = walk;
        }

        void push(Frame frame) {
            if (frame.shortest < Grammar.NEVER && seen.add(frame)) {
                open.push(frame);
            }
        }

        void pop(@Nullable Frame parent) {
            if (parent == null) {
                isComplete = true;
            } else {
                push(parent);
            }
        }

        State state() {
            while (!open.isEmpty()) {
                walk.steps(1);
                follow(open.pop());
                if (waiting.size() > MOST_FRAMES_OF_A_STATE || seen.size() > MOST_STEPS_OF_A_STATE) {
                    throw new RejectedRequestException("the constraint is too ambiguous: a text may be in more than "
                            + MOST_FRAMES_OF_A_STATE + " places of it at once; valid: one with fewer alternatives that"
                            + " begin alike");
                }
            }
            return TokenAutomaton.this.state(waiting, isComplete);
        }

        private void follow(Frame frame) {
            if (frame.node instanceof Node.Sequence sequence) {
                if (frame.at == sequence.items.length) {
                    pop(frame.parent);
                } else {
                    boolean isLast = frame.at + 1 == sequence.items.length;
                    Frame rest = isLast ? frame.parent : frame(sequence, frame.at + 1, frame.parent);
                    push(frame(sequence.items[frame.at], 0, rest));
                }
            } else if (frame.node instanceof Node.Choice choice) {
                for (Node option : choice.options) {
                    push(frame(option, 0, frame.parent));
                }
            } else if (frame.node instanceof Node.Repeat repeat) {
                followRepeat(repeat, frame);
            } else if (frame.node instanceof Node.Rule rule) {
                push(frame(rule.body(), 0, frame.parent));
            } else {
                waiting.add(frame);
            }
        }

        private void followRepeat(Node.Repeat repeat, Frame frame) {
            if (frame.at >= repeat.least) {
                pop(frame.parent);
            }
            if (repeat.most == Node.UNBOUNDED) {
                push(frame(repeat.body, 0, frame(repeat, Math.min(frame.at + 1, repeat.least), frame.parent)));
            } else if (frame.at < repeat.most) {
                boolean isLast = frame.at + 1 == repeat.most;
                push(frame(repeat.body, 0, isLast ? frame.parent : frame(repeat, frame.at + 1, frame.parent)));
            }
        }
    }
}
