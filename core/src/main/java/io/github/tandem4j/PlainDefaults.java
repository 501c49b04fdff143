package io.github.tandem4j;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;

/**
 * Default parameters that leave a request's own their class. LangChain4j merges a request into the defaults, and the
 * defaults' class decides what is kept; an endpoint does not know whose parameters its models understand, so its plain
 * defaults must not cut a provider's own (such as a reasoning effort) out of a request.
 */
final class PlainDefaults extends DefaultChatRequestParameters {

    private PlainDefaults(ChatRequestParameters defaults) {
        super(ChatRequestParameters.builder().overrideWith(defaults));
    }

    static ChatRequestParameters unlessSpecific(ChatRequestParameters defaults) {
        return isPlain(defaults) ? new PlainDefaults(defaults) : defaults;
    }

    @Override
    public ChatRequestParameters overrideWith(ChatRequestParameters request) {
        return request instanceof DefaultChatRequestParameters && !isPlain(request)
                ? request.defaultedBy(this)
                : super.overrideWith(request);
    }

    private static boolean isPlain(ChatRequestParameters parameters) {
        return parameters.getClass() == DefaultChatRequestParameters.class || parameters instanceof PlainDefaults;
    }
}
