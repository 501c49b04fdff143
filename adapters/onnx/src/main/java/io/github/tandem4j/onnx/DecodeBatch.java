package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.onnx.graph.NextTokenOutputs;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs the steps of generations that decode at the same time as one: what a step of a single token waits for is the
 * weights' way through the caches of the processor, which serves a token of each generation as well as of one.
 *
 * <p>There is no thread for it. Each generation has a {@linkplain DecodeLane lane}; its thread says what step it wants and
 * waits. When all lanes that are expected have said so, the last one's thread runs the steps of all. A lane is expected if
 * its generation chose its last token within a fraction of a run's time; so a slow listener of one delays the others once,
 * and a little. A generation that is alone runs on its own cache, as if there were no batch.
 *
 * <p>To cancel one ends its waiting, not the run that others share, unless nobody in that is left. A run that fails, fails
 * all steps in it; the lanes hold what they held before. Thread-safe.
 */
final class DecodeBatch implements AutoCloseable {
    private final String model;
    private final Decoder decoder;
    private final LongUnaryOperator patience;
    private final DecodeRows rows;
    private final LongAdder runs = new LongAdder();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<DecodeLane> lanes = new ArrayList<>();

    /** Whether a thread runs or copies; rows, and the lanes in them, are that thread's meanwhile. */
    private boolean busy;

    private int leaving;
    private long lastRun;
    private List<DecodeLane> inRun = List.of();
    private OrtSession.@Nullable RunOptions options;
    private @Nullable FloatBuffer logits;

    /**
     * @param mostRows how many generations a run serves; less than 2 for no batch
     * @param mostBytes of keys and values in the batch
     * @param patience how many nanoseconds to wait for an expected lane, by those that the last run took
     */
    DecodeBatch(String model, Decoder decoder, int mostRows, long mostBytes, LongUnaryOperator patience) {
        this.model = model;
        this.decoder = decoder;
        this.patience = patience;
        this.rows = new DecodeRows(decoder.memory(), decoder.takesRows() ? mostRows : 1, mostBytes);
    }

    /** One that waits for half a run, at most. */
    DecodeBatch(String model, Decoder decoder, int mostRows, long mostBytes) {
        this(model, decoder, mostRows, mostBytes, run -> Math.max(200_000, run / 2));
    }

    /**
     * A lane for a generation, from its prompt's prefill on.
     *
     * @param longest how many tokens the cache will hold at most
     */
    DecodeLane lane(NativeCall call, KeyValueCache cache, int longest) {
        DecodeLane lane = new DecodeLane(this, call, cache, longest, System.nanoTime());
        lock.lock();
        try {
            lanes.add(lane);
        } finally {
            lock.unlock();
        }
        call.onTerminate(this::terminated);
        return lane;
    }

    /** How many runs served more than one generation. */
    long runs() {
        return runs.sum();
    }

    /** Whether memory is held for a batch. */
    boolean hasRows() {
        lock.lock();
        try {
            return !rows.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    Prediction step(DecodeLane lane, DecodeLane.Step step) throws OrtException {
        if (rows.isOff()) {
            return alone(lane, step);
        }
        boolean interrupted = false;
        lock.lock();
        try {
            lane.throwIfBroken();
            lane.want(step, System.nanoTime(), patience.applyAsLong(lastRun));
            while (lane.is(DecodeLane.State.READY) || lane.is(DecodeLane.State.RUNNING)) {
                long wait = Long.MAX_VALUE;
                if (lane.is(DecodeLane.State.READY)) {
                    throwIfUnwanted(lane, interrupted);
                    wait = busy || leaving > 0 ? Long.MAX_VALUE : awaited(lane);
                }
                if (wait <= 0) {
                    lead();
                } else {
                    try {
                        long unused = changed.awaitNanos(wait);
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
            }
            if (lane.is(DecodeLane.State.DONE)) {
                return lane.take();
            }
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return alone(lane);
    }

    /** Ends the waiting of one that is not in a run yet. */
    private void throwIfUnwanted(DecodeLane lane, boolean interrupted) throws OrtException {
        if (lane.call().isTerminated() || interrupted) {
            lane.away(System.nanoTime());
            changed.signalAll();
            if (interrupted) {
                throw new CallCancelledException("call of " + model + " was interrupted");
            }
            throw new OrtException("call was terminated");
        }
    }

    /** How long to wait for the lanes that are expected; 0 if they are all here. */
    private long awaited(DecodeLane but) {
        long now = System.nanoTime();
        long patient = patience.applyAsLong(lastRun);
        long most = 0;
        for (DecodeLane lane : lanes) {
            if (lane != but) {
                most = Math.max(most, lane.awaited(now, patient));
            }
        }
        return most;
    }

    private Prediction alone(DecodeLane lane) throws OrtException {
        try {
            return alone(lane, lane.wanted());
        } finally {
            lock.lock();
            try {
                lane.away(System.nanoTime());
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private Prediction alone(DecodeLane lane, DecodeLane.Step step) throws OrtException {
        lane.throwIfBroken();
        return decoder.run(
                        lane.call(),
                        lane.cache(),
                        new int[] {step.token()},
                        new int[1],
                        new int[1],
                        step.logits(),
                        step.hidden(),
                        step.rows())
                .get(0);
    }

    /** Runs the steps of all that are ready, in the midst of the lock, which it gives up meanwhile. */
    private void lead() {
        List<DecodeLane> ready = new ArrayList<>();
        for (DecodeLane lane : lanes) {
            if (lane.is(DecodeLane.State.READY)) {
                ready.add(lane);
                lane.to(DecodeLane.State.RUNNING);
            }
        }
        busy = true;
        boolean single = lanes.size() == 1 && rows.isEmpty();
        inRun = ready;
        lock.unlock();
        OrtException failure = null;
        List<Prediction> predictions = List.of();
        List<DecodeLane> seated = List.of();
        long start = System.nanoTime();
        try {
            seated = single ? List.of() : rows.seat(ready);
            if (!seated.isEmpty()) {
                letAlone(ready, seated);
                start = System.nanoTime();
                predictions = run(seated);
            } else if (ready.size() == 1) { // which is this thread's
                seated = ready;
                predictions = List.of(alone(ready.get(0), ready.get(0).wanted()));
            } else {
                letAlone(ready, seated);
            }
        } catch (OrtException e) {
            failure = e;
        } catch (RuntimeException | Error e) {
            failure = new OrtException("a run of " + model + " failed: " + e);
            failure.initCause(e);
            throw e;
        } finally {
            lock.lock();
            busy = false;
            inRun = List.of();
            long now = System.nanoTime();
            lastRun = seated.isEmpty() ? lastRun : now - start;
            for (DecodeLane lane : ready) {
                if (lane.is(DecodeLane.State.RUNNING)) {
                    int index = seated.indexOf(lane);
                    if (failure == null && index >= 0 && index < predictions.size()) {
                        lane.done(predictions.get(index), now);
                    } else {
                        lane.failed(failure == null ? new OrtException("run gave no result") : failure, now);
                    }
                }
            }
            changed.signalAll();
        }
    }

    /** Those for whom there is no row run on their own threads, at the same time. */
    private void letAlone(List<DecodeLane> ready, List<DecodeLane> seated) {
        if (seated.size() < ready.size()) {
            lock.lock();
            try {
                inRun = seated;
                for (DecodeLane lane : ready) {
                    if (!seated.contains(lane)) {
                        lane.to(DecodeLane.State.ALONE);
                    }
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private List<Prediction> run(List<DecodeLane> seated) throws OrtException {
        int[] tokens = new int[rows.size()];
        int[] lengths = new int[rows.size()];
        for (int row = 0; row < lengths.length; row++) { // an idle row's next token is overwritten by its true one
            DecodeLane lane = rows.lane(row);
            lengths[row] = lane == null ? 0 : lane.length();
        }
        Set<String> hidden = new HashSet<>();
        boolean wantsLogits = false;
        for (DecodeLane lane : seated) {
            tokens[lane.row()] = lane.wanted().token();
            hidden.addAll(lane.wanted().hidden());
            wantsLogits |= lane.wanted().logits() != null;
        }
        int[] positions = seated.stream().mapToInt(DecodeLane::row).toArray();
        FloatBuffer scores = wantsLogits ? logits(seated.size()) : null;
        List<Prediction> predictions;
        try (OrtSession.RunOptions own = new OrtSession.RunOptions()) {
            begin(own);
            try {
                predictions = decoder.runRows(
                        own,
                        rows.allocation(),
                        tokens,
                        lengths,
                        positions,
                        scores,
                        hidden,
                        (output, states) -> handOut(output, states, seated));
            } finally {
                begin(null);
            }
        }
        for (int i = 0; i < seated.size(); i++) {
            FloatBuffer wanted = seated.get(i).wanted().logits();
            if (wanted != null && scores != null) {
                wanted.put(0, scores, i * decoder.vocabulary(), decoder.vocabulary());
            }
            seated.get(i).advance();
        }
        runs.add(seated.size() > 1 ? 1 : 0);
        return predictions;
    }

    private FloatBuffer logits(int positions) {
        if (logits == null || logits.capacity() < positions * decoder.vocabulary()) {
            logits = decoder.logits(rows.size());
        }
        return logits;
    }

    private void handOut(String output, FloatBuffer states, List<DecodeLane> seated) {
        int width = decoder.width();
        for (int i = 0; i < seated.size(); i++) {
            DecodeLane lane = seated.get(i);
            if (lane.wanted().hidden().contains(output)) {
                int row = output.equals(NextTokenOutputs.HIDDEN_FINAL) ? i : lane.row();
                lane.wanted().rows().accept(output, states.slice(row * width, width));
            }
        }
    }

    private void begin(OrtSession.@Nullable RunOptions next) throws OrtException {
        lock.lock();
        try {
            options = next;
            terminateIfUnwanted();
        } finally {
            lock.unlock();
        }
    }

    private void terminateIfUnwanted() throws OrtException {
        if (options != null && inRun.stream().allMatch(lane -> lane.call().isTerminated())) {
            options.setTerminate(true);
        }
    }

    /** A call has been: one that waits must see to it, and a run may have lost all who want it. */
    private void terminated() {
        lock.lock();
        try {
            terminateIfUnwanted();
            changed.signalAll();
        } catch (OrtException e) {
            throw new AssertionError("setting a flag failed", e);
        } finally {
            lock.unlock();
        }
    }

    void home(DecodeLane lane) throws OrtException {
        lock.lock();
        try {
            enter();
            lock.unlock();
            try {
                lane.throwIfBroken();
                rows.home(lane);
            } finally {
                lock.lock();
                busy = false;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no thread runs or copies, before the next run begins. */
    private void enter() {
        leaving++;
        while (busy) {
            changed.awaitUninterruptibly();
        }
        leaving--;
        busy = true;
    }

    void leave(DecodeLane lane) {
        lock.lock();
        try {
            enter();
            busy = false;
            lanes.remove(lane);
            rows.leave(lane);
            rows.freeIfUnused();
            if (lanes.isEmpty()) {
                logits = null;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** When no lane is left. */
    @Override
    public void close() throws OrtException {
        lock.lock();
        try {
            rows.close();
        } finally {
            lock.unlock();
        }
    }
}
