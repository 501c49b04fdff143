package io.github.tandem4j.onnx.jinja;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * What a rendering template sees and has made so far, and what it may still take: every step costs one, every
 * character that is made one more, so that neither time nor memory can run away.
 */
final class JinjaScope {
    private static final long BUDGET = 20_000_000;
    private static final int DEEPEST_CALL = 64;

    private final Deque<Map<String, Object>> frames = new ArrayDeque<>();
    private final Deque<StringBuilder> outputs = new ArrayDeque<>();
    private long left = BUDGET;
    private int depth;

    JinjaScope(Map<String, Object> globals) {
        frames.push(globals);
        outputs.push(new StringBuilder());
    }

    void charge(long units) {
        left -= units;
        if (left < 0) {
            throw new JinjaException("template takes more than " + BUDGET + " steps and characters");
        }
    }

    Object get(String name) {
        for (Map<String, Object> frame : frames) {
            if (frame.containsKey(name)) {
                return JinjaValues.orNone(frame.get(name));
            }
        }
        return JinjaValues.UNDEFINED;
    }

    void set(String name, Object value) {
        frames.element().put(name, value);
    }

    void enter() {
        frames.push(new HashMap<>());
    }

    void leave() {
        frames.pop();
    }

    /** Runs a macro's body: it sees the globals and its parameters, and gives its output back. */
    String call(Map<String, Object> parameters, Runnable body) {
        if (++depth > DEEPEST_CALL) {
            throw new JinjaException("template calls macros deeper than " + DEEPEST_CALL);
        }
        Deque<Map<String, Object>> callers = new ArrayDeque<>(frames);
        Map<String, Object> globals = frames.getLast();
        frames.clear();
        frames.push(globals);
        frames.push(parameters);
        try {
            return capture(body);
        } finally {
            frames.clear();
            frames.addAll(callers);
            depth--;
        }
    }

    String capture(Runnable body) {
        outputs.push(new StringBuilder());
        try {
            body.run();
            return outputs.element().toString();
        } finally {
            outputs.pop();
        }
    }

    void write(String text) {
        charge(text.length());
        outputs.element().append(text);
    }

    String output() {
        return outputs.element().toString();
    }
}
