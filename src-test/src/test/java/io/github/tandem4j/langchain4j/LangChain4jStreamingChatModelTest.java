package io.github.tandem4j.langchain4j;

import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import io.github.tandem4j.ModelEndpoint;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.mockito.InOrder;

/**
 * LangChain4j's tests of a {@code StreamingChatModel}. Left out:
 *
 * <ul>
 *   <li>parts of tool calls: an endpoint's sink carries text; a tool call comes when it is whole
 *   <li>cancellation, unless {@code -Dtandem.patient=true}: to see that nothing comes after it the test waits for thirty
 *       seconds; {@link StreamingTest} sees the same at the end of the call
 * </ul>
 */
class LangChain4jStreamingChatModelTest {

    abstract static class Contract extends AbstractStreamingChatModelIT {

        private final ModelEndpoint endpoint;

        Contract(ModelEndpoint endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        protected List<StreamingChatModel> models() {
            return List.of(endpoint.asStreamingChatModel());
        }

        @Override
        protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
            return endpoint.asStreamingChatModel().withDefaults(parameters);
        }

        @Override
        public StreamingChatModel createModelWith(ChatModelListener listener) {
            return endpoint.asStreamingChatModel().listenedBy(listener);
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

        @Override
        protected boolean supportsPartialToolStreaming(StreamingChatModel model) {
            return false;
        }

        @Override
        protected boolean supportsStreamingCancellation() {
            return Boolean.getBoolean("tandem.patient");
        }

        @Override
        protected void verifyToolCallbacks(StreamingChatResponseHandler handler, InOrder io, String id) {
            io.verify(handler).onCompleteToolCall(complete(0, id, "getWeather", "{\"city\":\"Munich\"}"));
        }

        @Override
        protected void verifyToolCallbacks(StreamingChatResponseHandler handler, InOrder io, String id1, String id2) {
            verifyToolCallbacks(handler, io, id1);
            io.verify(handler).onCompleteToolCall(complete(1, id2, "getTime", "{\"country\":\"France\"}"));
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
