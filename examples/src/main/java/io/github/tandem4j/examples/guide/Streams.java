package io.github.tandem4j.examples.guide;

import static io.github.tandem4j.cascade.Confidences.meanTokenProbability;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.remote.RemoteEndpoint;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Answers as they are made. */
final class Streams {

    private Streams() {}

    static ModelEndpoint early(ModelEndpoint small, ModelEndpoint large) {
        // snippet: early
        ModelEndpoint assistant = Cascade.startingWith(small)
                .keepWhen(meanTokenProbability()
                        .atLeast(0.70) // of the whole answer
                        .keepEarly(0.85) // or as soon as the first tokens reach this
                        .deferEarly(0.40) // or do not even reach this
                        .after(12)) // tokens, of which so many are awaited
                .deferTo(large)
                .build();
        // end
        return assistant;
    }

    static Reply toClient(ModelEndpoint assistant, Request request, PrintWriter client, BooleanSupplier clientIsGone) {
        // snippet: stream
        Cancellation gone = Cancellation.create();
        try {
            return assistant.answer(request.cancelledBy(gone), text -> {
                client.print(text);
                client.flush();
                if (clientIsGone.getAsBoolean()) {
                    gone.cancel("the client has gone");
                }
            });
        } catch (TandemException failure) {
            if (!failure.heard().isEmpty()) {
                client.print("\n[The answer broke off here.]"); // what was heard stands
            }
            throw failure;
        }
        // end
    }

    static ModelEndpoint patient(String key) {
        // snippet: idle
        ModelEndpoint large = RemoteEndpoint.anthropic()
                .apiKey(key)
                .model("claude-sonnet-4-0")
                .timeout(Duration.ofMinutes(3)) // the whole call; 10 minutes unless said
                .idleTimeout(Duration.ofSeconds(20)) // silence within a stream; 1 minute unless said
                .build();
        // end
        return large;
    }

    static void langChain4j(ModelEndpoint assistant, PrintWriter client, BooleanSupplier clientIsGone) {
        // snippet: streaming-model
        StreamingChatModel model = assistant.asStreamingChatModel(request -> request.deadline(Duration.ofSeconds(20)));
        model.chat("Why is the sky blue?", new StreamingChatResponseHandler() {

            @Override
            public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                client.print(piece.text());
                if (clientIsGone.getAsBoolean()) {
                    context.streamingHandle().cancel(); // nothing more is told, not even an error
                }
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                Reply.of(response).ifPresent(reply -> client.println(reply.cost()));
            }

            @Override
            public void onError(Throwable failure) {
                client.print("\n[The answer broke off here.]");
            }
        });
        // end
    }
}
