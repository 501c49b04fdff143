package io.github.tandem4j.testkit;

import io.github.tandem4j.CallListener;
import io.github.tandem4j.Decision;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what it is told, one line an event such as {@code start small} or {@code reply small}. Thread-safe. */
public final class RecordingListener implements CallListener {

    private final List<String> events = new CopyOnWriteArrayList<>();

    /** A listener that has heard nothing yet. */
    public RecordingListener() {}

    /** {@return all events, in the order in which they came} */
    public List<String> events() {
        return List.copyOf(events);
    }

    /** {@return how often this event came, such as {@code start small}} */
    public long count(String event) {
        return events.stream().filter(event::equals).count();
    }

    @Override
    public void onStart(String endpoint, Request request) {
        events.add("start " + endpoint);
    }

    @Override
    public void onDecision(String endpoint, Decision decision) {
        events.add("decision " + endpoint);
    }

    @Override
    public void onReply(String endpoint, Reply reply) {
        events.add("reply " + endpoint);
    }

    @Override
    public void onError(String endpoint, TandemException failure) {
        events.add("error " + endpoint);
    }
}
