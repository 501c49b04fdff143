package io.github.tandem4j.remote;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Price;
import io.github.tandem4j.Request;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackAnswer;
import io.github.tandem4j.loopback.LoopbackRequest;
import io.github.tandem4j.loopback.LoopbackServer;
import io.github.tandem4j.testkit.ModelEndpointContract;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;

/** The contract of every endpoint, kept over real HTTP by each provider. */
class RemoteEndpointContractTest {

    private static final String LONG = "Recite the whole of it.";
    private static final String CUT = "Say more than you may.";

    private static final LoopbackServer SERVER = LoopbackServer.answering(RemoteEndpointContractTest::answer)
            .faults(RemoteEndpointContractTest::stallInsideLongAnswers);

    private static LoopbackAnswer answer(LoopbackRequest request) {
        LoopbackAnswer hello = LoopbackAnswer.text("Hello to you too.");
        return request.prompt().equals(CUT) ? hello.cutByItsLimit() : hello;
    }

    private static Fault stallInsideLongAnswers(LoopbackRequest request) {
        return request.prompt().equals(LONG) ? Fault.stallInside(2) : Fault.NONE;
    }

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    /** A provider's endpoint, and a long answer that never ends. */
    abstract static class Contract extends ModelEndpointContract {

        private final RemoteEndpoint endpoint;

        Contract(RemoteEndpoint.Builder builder) {
            endpoint = builder.price(Price.perMillionTokens("3.00", "15.00"))
                    .contextWindow(8_192)
                    .maxOutputTokens(512)
                    .build();
        }

        @Override
        protected ModelEndpoint endpoint() {
            return endpoint;
        }

        @Override
        protected Optional<Request> longRequest() {
            return Optional.of(Request.of(LONG));
        }

        @Override
        protected Optional<Request> cutRequest() {
            return Optional.of(Request.of(CUT));
        }
    }

    @Nested
    class OpenAi extends Contract {
        OpenAi() {
            super(RemoteEndpoint.openAi().baseUrl(SERVER.v1()).model("gpt-4o"));
        }
    }

    @Nested
    class Anthropic extends Contract {
        Anthropic() {
            super(RemoteEndpoint.anthropic().baseUrl(SERVER.v1()).apiKey("k").model("claude-sonnet-4-0"));
        }
    }

    @Nested
    class Ollama extends Contract {
        Ollama() {
            super(RemoteEndpoint.ollama().baseUrl(SERVER.url()).model("llama3.2"));
        }
    }
}
