package io.github.tandem4j.smollm2;

import io.github.tandem4j.onnx.OnnxEndpoint;

/**
 * One SmolLM2 for all tests of a process that need not open or close their own: to open it takes as long as an answer. It
 * computes on one thread, because the tests run in two processes at once, and is open until the process ends.
 */
public final class SharedSmolLm2 {

    private static final OnnxEndpoint ENDPOINT =
            OnnxEndpoint.builder(SmolLm2.directory()).id("smollm2").threads(1).open();

    private SharedSmolLm2() {}

    /** {@return the endpoint {@code smollm2}, with the defaults but for its threads; nobody closes it} */
    public static OnnxEndpoint endpoint() {
        return ENDPOINT;
    }
}
