package io.github.tandem4j.langchain4j;

import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelListenerIT;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.github.tandem4j.Model;
import io.github.tandem4j.ModelEndpoint;
import org.junit.jupiter.api.Nested;

/** LangChain4j's tests of what a {@code ChatModelListener} hears, none left out. */
class LangChain4jListenerTest {

    private static final Model BUSY = (chat, context, tokens) -> {
        throw new RateLimitException("too many requests");
    };
    private static final ChatRequestParameters DEFAULTS = ChatRequestParameters.builder()
            .modelName("another-1")
            .temperature(0.7)
            .topP(1.0)
            .maxOutputTokens(7)
            .build();

    abstract static class Contract extends AbstractChatModelListenerIT {

        private final ModelEndpoint endpoint;
        private final ModelEndpoint failing;

        Contract(ModelEndpoint endpoint, ModelEndpoint failing) {
            this.endpoint = endpoint;
            this.failing = failing;
        }

        @Override
        protected ChatModel createModel(ChatModelListener listener) {
            return endpoint.asChatModel().withDefaults(DEFAULTS).listenedBy(listener);
        }

        @Override
        protected String modelName() {
            return "another-1";
        }

        @Override
        protected ChatModel createFailingModel(ChatModelListener listener) {
            return failing.asChatModel().listenedBy(listener);
        }

        @Override
        protected Class<? extends Exception> expectedExceptionClass() {
            return RateLimitException.class;
        }
    }

    abstract static class StreamingContract extends AbstractStreamingChatModelListenerIT {

        private final ModelEndpoint endpoint;
        private final ModelEndpoint failing;

        StreamingContract(ModelEndpoint endpoint, ModelEndpoint failing) {
            this.endpoint = endpoint;
            this.failing = failing;
        }

        @Override
        protected StreamingChatModel createModel(ChatModelListener listener) {
            return endpoint.asStreamingChatModel().withDefaults(DEFAULTS).listenedBy(listener);
        }

        @Override
        protected String modelName() {
            return "another-1";
        }

        @Override
        protected StreamingChatModel createFailingModel(ChatModelListener listener) {
            return failing.asStreamingChatModel().listenedBy(listener);
        }

        @Override
        protected Class<? extends Exception> expectedExceptionClass() {
            return RateLimitException.class;
        }
    }

    @Nested
    class ARouting extends Contract {
        ARouting() {
            super(Strategies.routing(), Strategies.routing(BUSY, BUSY));
        }
    }

    @Nested
    class ACascade extends Contract {
        ACascade() {
            super(Strategies.cascade(), Strategies.cascade(BUSY, BUSY));
        }
    }

    @Nested
    class AStreamedRouting extends StreamingContract {
        AStreamedRouting() {
            super(Strategies.routing(), Strategies.routing(BUSY, BUSY));
        }
    }

    @Nested
    class AStreamedCascade extends StreamingContract {
        AStreamedCascade() {
            super(Strategies.cascade(), Strategies.cascade(BUSY, BUSY));
        }
    }
}
