package io.github.tandem4j;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import java.util.List;
import java.util.Objects;

/** Reads prompts by asking an endpoint for evidence. */
record EndpointReader(ModelEndpoint endpoint, ReadingWish wish) implements PromptReader {

    EndpointReader {
        Objects.requireNonNull(endpoint, "endpoint");
        Objects.requireNonNull(wish, "wish");
    }

    @Override
    public void read(List<String> prompts, Sink sink) {
        for (int i = 0; i < prompts.size(); i++) {
            PromptReading reading;
            try {
                reading = read(Request.of(prompts.get(i)));
            } catch (RejectedRequestException e) {
                sink.refused(i, e);
                continue;
            }
            sink.accept(i, reading);
        }
    }

    @Override
    public PromptReading read(Request limits, String prompt) {
        return read(limits.chat(
                ChatRequest.builder().messages(UserMessage.from(prompt)).build()));
    }

    private PromptReading read(Request request) {
        if (endpoint.profile().isRemote() && !request.context().mayTravel()) {
            throw new PrivacyException("request is labelled "
                    + request.context().label() + ", and " + endpoint.id() + ", which would read it, is remote");
        }
        return endpoint.evidence(EvidenceKey.PROMPT_READING, request.evidence(EvidenceKey.PROMPT_READING_WISH, wish))
                .orElseThrow(() -> endpoint.refusal(request)
                        .orElseGet(() -> new RejectedRequestException(endpoint.id()
                                + " reads no prompts; valid is an endpoint over a model in this process")));
    }
}
