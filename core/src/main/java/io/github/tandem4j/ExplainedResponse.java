package io.github.tandem4j;

import dev.langchain4j.model.chat.response.ChatResponse;

/**
 * A response as its model gave it, metadata and all, that knows the reply behind it; {@link Reply#of} asks it. What is
 * made of it with {@link #toBuilder} knows the same reply. As LangChain4j has it, responses of two classes are never
 * equal: this one is equal to another of its class with the same message and metadata.
 */
final class ExplainedResponse extends ChatResponse {

    private final Reply reply;

    ExplainedResponse(Reply reply) {
        this(new Builder(reply.response()), reply);
    }

    private ExplainedResponse(Builder builder, Reply reply) {
        super(builder);
        this.reply = reply;
    }

    Reply reply() {
        return reply;
    }

    @Override
    public Builder toBuilder() {
        return new Rebuilt(this);
    }

    private static final class Rebuilt extends Builder {

        private final Reply reply;

        Rebuilt(ExplainedResponse response) {
            super(response);
            reply = response.reply;
        }

        @Override
        public ChatResponse build() {
            return new ExplainedResponse(this, reply);
        }
    }
}
