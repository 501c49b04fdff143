package io.github.tandem4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What LangChain4j sees of an endpoint, streaming or not. */
record ModelView(
        ModelEndpoint endpoint,
        UnaryOperator<Request> limits,
        ChatRequestParameters defaults,
        List<ChatModelListener> listeners) {

    /** Asked for once a call, so it is made once. */
    private static final Map<String, ModelProvider> KNOWN_PROVIDERS =
            Stream.of(ModelProvider.values()).collect(Collectors.toMap(known -> letters(known.name()), known -> known));

    static ModelView of(ModelEndpoint endpoint) {
        return new ModelView(
                endpoint,
                UnaryOperator.identity(),
                PlainDefaults.unlessSpecific(DefaultChatRequestParameters.EMPTY),
                List.of());
    }

    ModelView listenedBy(ChatModelListener... more) {
        List<ChatModelListener> all = new ArrayList<>(listeners);
        all.addAll(List.of(more));
        return new ModelView(endpoint, limits, defaults, List.copyOf(all));
    }

    ModelView withDefaults(ChatRequestParameters more) {
        Objects.requireNonNull(more, "default parameters");
        return new ModelView(endpoint, limits, PlainDefaults.unlessSpecific(defaults.overrideWith(more)), listeners);
    }

    ModelView limited(UnaryOperator<Request> more) {
        Objects.requireNonNull(more, "limits");
        return new ModelView(endpoint, request -> more.apply(limits.apply(request)), defaults, listeners);
    }

    Request request(ChatRequest chat) {
        return Objects.requireNonNull(limits.apply(Request.of(chat)), "request that the limits made");
    }

    /** {@return LangChain4j's name of whoever serves the endpoint; its names are the profile's, in capitals} */
    ModelProvider provider() {
        return KNOWN_PROVIDERS.getOrDefault(letters(endpoint.profile().provider()), ModelProvider.OTHER);
    }

    Set<Capability> capabilities() {
        return endpoint.profile().can(ModelCapability.JSON_SCHEMA)
                ? Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA)
                : Set.of();
    }

    /** {@code openai}, {@code OpenAI} and {@code OPEN_AI} are one name. */
    private static String letters(String name) {
        return name.replaceAll("[^A-Za-z]", "").toUpperCase(Locale.ROOT);
    }
}
