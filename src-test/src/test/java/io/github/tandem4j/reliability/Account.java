package io.github.tandem4j.reliability;

import io.github.tandem4j.CallListener;
import io.github.tandem4j.Cost;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Trace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The library's side of the account: all that a call's listener is told. */
final class Account implements CallListener {

    /** How a leaf's call ended. */
    record LeafEnd(
            ModelEndpoint leaf,
            @Nullable Request request,
            @Nullable Reply reply,
            @Nullable TandemException failure,
            Cost cost,
            String heard) {}

    private final String root;
    private final Leaves leaves;
    private final Map<String, Integer> begun = new HashMap<>();
    private final Map<String, Integer> over = new HashMap<>();
    private final Map<Thread, Request> atLeaves = new HashMap<>();
    private final List<LeafEnd> leafEnds = new ArrayList<>();
    private @Nullable Trace trace;
    private long endNanos;
    private int runningWhenOver;

    Account(String root, Leaves leaves) {
        this.root = root;
        this.leaves = leaves;
    }

    @Override
    public synchronized void onStart(String endpoint, Request request) {
        begun.merge(endpoint, 1, Integer::sum);
        if (leaves.leaf(endpoint) != null) {
            atLeaves.put(Thread.currentThread(), request);
        }
    }

    @Override
    public void onReply(String endpoint, Reply reply) {
        over(endpoint, reply, null, reply.trace());
    }

    @Override
    public void onError(String endpoint, TandemException failure) {
        over(endpoint, null, failure, failure.trace().orElse(null)); // which whoever asked will write over
    }

    private synchronized void over(
            String endpoint, @Nullable Reply reply, @Nullable TandemException failure, @Nullable Trace told) {
        over.merge(endpoint, 1, Integer::sum);
        ModelEndpoint leaf = leaves.leaf(endpoint);
        if (leaf != null) {
            leafEnds.add(new LeafEnd(
                    leaf,
                    atLeaves.remove(Thread.currentThread()),
                    reply,
                    failure,
                    told == null ? Cost.NONE : told.cost(),
                    failure == null ? "" : failure.heard()));
        }
        if (endpoint.equals(root)) {
            trace = told;
            endNanos = System.nanoTime();
            runningWhenOver = running();
        }
    }

    private int running() {
        return begun.values().stream().mapToInt(Integer::intValue).sum()
                - over.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** How often the call of the outermost endpoint was begun: once, or not at all if it was stopped before. */
    synchronized int timesBegun() {
        return begun.getOrDefault(root, 0);
    }

    /** How often it ended. */
    synchronized int timesOver() {
        return over.getOrDefault(root, 0);
    }

    /** How many calls of endpoints are still going on. */
    synchronized int stillRunning() {
        return running();
    }

    /** How many were going on when the outermost one ended. */
    synchronized int runningWhenOver() {
        return runningWhenOver;
    }

    /** When the outermost one ended; zero if it has not, or was never begun. */
    synchronized long endNanos() {
        return endNanos;
    }

    synchronized int timesBegun(String endpoint) {
        return begun.getOrDefault(endpoint, 0);
    }

    synchronized List<LeafEnd> leafEnds() {
        return List.copyOf(leafEnds);
    }

    /** What the outermost endpoint says that happened; null if it says nothing. */
    synchronized @Nullable Trace trace() {
        return trace;
    }
}
