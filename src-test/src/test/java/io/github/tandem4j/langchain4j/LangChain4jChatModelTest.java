package io.github.tandem4j.langchain4j;

import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import io.github.tandem4j.ModelEndpoint;
import java.util.List;
import org.junit.jupiter.api.Nested;

/** LangChain4j's tests of a {@code ChatModel}, none left out. */
class LangChain4jChatModelTest {

    abstract static class Contract extends AbstractChatModelIT {

        private final ModelEndpoint endpoint;

        Contract(ModelEndpoint endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        protected List<ChatModel> models() {
            return List.of(endpoint.asChatModel());
        }

        @Override
        protected ChatModel createModelWith(ChatRequestParameters parameters) {
            return endpoint.asChatModel().withDefaults(parameters);
        }

        @Override
        protected String customModelName() {
            return "another-1";
        }

        @Override
        protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
            return OpenAiChatRequestParameters.builder()
                    .maxOutputTokens(maxOutputTokens)
                    .build();
        }

        @Override
        protected ImageContent catImageContentBase64() {
            return ImageContent.from(Pictures.cat()); // theirs is fetched from the network
        }

        @Override
        protected ImageContent diceImageContentBase64() {
            return ImageContent.from(Pictures.dice());
        }
    }

    @Nested
    class ARouting extends Contract {
        ARouting() {
            super(Strategies.routing());
        }
    }

    @Nested
    class ACascade extends Contract {
        ACascade() {
            super(Strategies.cascade());
        }
    }
}
