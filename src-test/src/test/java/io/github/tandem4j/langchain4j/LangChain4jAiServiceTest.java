package io.github.tandem4j.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.service.common.AbstractAiServiceIT;
import dev.langchain4j.service.common.AbstractAiServiceWithJsonSchemaIT;
import dev.langchain4j.service.common.AbstractAiServiceWithToolsIT;
import dev.langchain4j.service.common.AbstractStreamingAiServiceIT;
import java.util.List;
import org.junit.jupiter.api.Nested;

/** LangChain4j's tests of AI services, over a routing and over a cascade; none is left out, recursion and images included. */
class LangChain4jAiServiceTest {

    private static List<ChatModel> strategies() {
        return List.of(Strategies.routing().asChatModel(), Strategies.cascade().asChatModel());
    }

    @Nested
    class Simple extends AbstractAiServiceIT {

        @Override
        protected List<ChatModel> models() {
            return strategies();
        }
    }

    @Nested
    class WithTools extends AbstractAiServiceWithToolsIT {

        @Override
        protected List<ChatModel> models() {
            return strategies();
        }

        @Override
        protected boolean supportsRecursion() {
            return true;
        }

        @Override
        protected boolean supportsMultimodalToolResults() {
            return true;
        }

        @Override
        protected Image catImage() {
            return Pictures.cat(); // theirs is fetched from the network
        }
    }

    @Nested
    class WithJsonSchema extends AbstractAiServiceWithJsonSchemaIT {

        @Override
        protected List<ChatModel> models() {
            return strategies();
        }

        @Override
        protected boolean supportsRecursion() {
            return true;
        }
    }

    @Nested
    class Streaming extends AbstractStreamingAiServiceIT {

        @Override
        protected List<StreamingChatModel> models() {
            return List.of(
                    Strategies.routing().asStreamingChatModel(),
                    Strategies.cascade().asStreamingChatModel());
        }
    }
}
