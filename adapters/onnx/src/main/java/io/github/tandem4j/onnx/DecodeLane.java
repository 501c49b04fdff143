package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One generation's part in the {@linkplain DecodeBatch batch} of all that decode at the same time. Its cache is the
 * generation's own; while it has a row in the batch, the newest tokens are in that row alone. Used by one thread; what is
 * shared is guarded by the batch.
 */
final class DecodeLane implements AutoCloseable {
    /** Where a step is. */
    enum State {
        /** Not wanted yet: the generation does something else, such as choosing a token. */
        AWAY,
        /** Waits for a run. */
        READY,
        /** In a run. */
        RUNNING,
        /** To be run by its own thread. */
        ALONE,
        /** Run, or failed. */
        DONE
    }

    /**
     * A step that is wanted.
     *
     * @param token is appended
     * @param logits takes the logits behind it; null if they are not wanted
     * @param hidden the outputs wanted
     * @param rows takes each of them
     */
    record Step(int token, @Nullable FloatBuffer logits, Set<String> hidden, BiConsumer<String, FloatBuffer> rows) {}

    private final DecodeBatch batch;
    private final NativeCall call;
    private final KeyValueCache cache;
    private final int longest;

    private State state = State.AWAY;
    private @Nullable Step step;
    private @Nullable Prediction prediction;
    private @Nullable OrtException failure;
    private @Nullable OrtException broken;
    private int row = -1;
    private int[] added = {};
    private int addedCount;
    private int missed;
    private long awaySince;
    private boolean slow;
    private boolean apart;

    /** @param longest how many tokens the cache will hold at most */
    DecodeLane(DecodeBatch batch, NativeCall call, KeyValueCache cache, int longest, long now) {
        this.batch = batch;
        this.call = call;
        this.cache = cache;
        this.longest = longest;
        this.awaySince = now;
    }

    /**
     * Appends a token to the sequence and predicts what follows, together with the other lanes that want the like just now.
     */
    Prediction step(int token, @Nullable FloatBuffer logits, Set<String> hidden, BiConsumer<String, FloatBuffer> rows)
            throws OrtException {
        return batch.step(this, new Step(token, logits, hidden, rows));
    }

    /** Brings all tokens into the generation's own cache, for whoever runs on that one or takes it over. */
    void home() throws OrtException {
        batch.home(this);
    }

    NativeCall call() {
        return call;
    }

    KeyValueCache cache() {
        return cache;
    }

    boolean is(State wanted) {
        return state == wanted;
    }

    void to(State next) {
        state = next;
        apart = next == State.ALONE;
    }

    Step wanted() {
        if (step == null) {
            throw new IllegalStateException("no step is wanted");
        }
        return step;
    }

    /** @param patience how long the others would have waited for it */
    void want(Step next, long now, long patience) {
        step = next;
        slow = now - awaySince > patience;
        state = State.READY;
    }

    /** How much longer the others had better wait for its next step. */
    long awaited(long now, long patience) {
        boolean comes = state == State.AWAY || state == State.DONE;
        return comes && !slow && !apart && !call.isTerminated() ? patience - (now - awaySince) : 0;
    }

    void done(Prediction result, long now) {
        prediction = result;
        state = State.DONE;
        awaySince = now;
    }

    void failed(OrtException cause, long now) {
        failure = cause;
        state = State.DONE;
        awaySince = now;
    }

    /** What became of its step. */
    Prediction take() throws OrtException {
        away(awaySince);
        OrtException cause = failure;
        Prediction result = prediction;
        failure = null;
        prediction = null;
        if (cause != null || result == null) {
            OrtException own = new OrtException(String.valueOf(cause == null ? "no result" : cause.getMessage()));
            own.initCause(cause);
            throw own; // each thread has an exception of its own
        }
        return result;
    }

    void away(long now) {
        step = null;
        state = State.AWAY;
        awaySince = now;
    }

    /** Its row in the batch, or -1. */
    int row() {
        return row;
    }

    boolean isSeated() {
        return row >= 0;
    }

    /** @param place a row that holds what its cache holds; -1 for none */
    void seat(int place) {
        row = place;
        missed = 0;
    }

    /** Tokens of the sequence so far. */
    int length() {
        return cache.length() + addedCount;
    }

    /** The token of its step is in its row now. */
    void advance() {
        if (addedCount == added.length) {
            added = Arrays.copyOf(added, Math.max(64, 2 * addedCount));
        }
        added[addedCount++] = wanted().token();
    }

    /** The tokens that its row has and its cache has not, which is to have them now. */
    int[] takeAdded() {
        int[] taken = Arrays.copyOf(added, addedCount);
        addedCount = 0;
        return taken;
    }

    /** The most tokens that it can come to. */
    int longest() {
        return longest;
    }

    /** Counts the runs of the batch that its row was idle in since the last one that it was not. */
    int missed(boolean again) {
        missed = again ? missed + 1 : 0;
        return missed;
    }

    /** Whether its generation took so long over its last token that the others did not wait for it. */
    boolean isSlow() {
        return slow;
    }

    /** Its tokens could not be saved from a row, so that it cannot go on. */
    void broke(OrtException cause) {
        broken = cause;
    }

    boolean isBroken() {
        return broken != null;
    }

    void throwIfBroken() throws OrtException {
        if (broken != null) {
            throw broken;
        }
    }

    /** Leaves the batch; what is only in its row is lost. */
    @Override
    public void close() {
        batch.leave(this);
    }
}
