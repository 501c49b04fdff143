package io.github.tandem4j.examples.guide;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.resilience.Resilient;
import io.github.tandem4j.smollm2.SmolLm2;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Which thread does what. */
final class Threads {

    private Threads() {}

    static CompletableFuture<Reply> asynchronous(ModelEndpoint assistant, Request request, Executor executor) {
        // snippet: executor
        CompletableFuture<Reply> reply = assistant.answerAsync(request.executor(executor));
        // end
        return reply;
    }

    static void warmedUp() {
        // snippet: local-model
        try (OnnxEndpoint small = OnnxEndpoint.builder(SmolLm2.directory()) // imports the model, once
                .id("smollm2")
                .threads(4)
                .open()) {
            ModelEndpoint bounded = Resilient.endpoint(small)
                    .attempts(1)
                    .concurrency(4, Duration.ofSeconds(2)) // more at once only make each slower
                    .build();
            serve(bounded);
        }
        // end
    }

    private static void serve(ModelEndpoint assistant) {
        System.out.println(assistant.answer("What is the capital of France?").text());
    }
}
