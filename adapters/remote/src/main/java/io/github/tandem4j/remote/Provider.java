package io.github.tandem4j.remote;

import static io.github.tandem4j.ModelCapability.IMAGES;
import static io.github.tandem4j.ModelCapability.JSON_SCHEMA;
import static io.github.tandem4j.ModelCapability.TOKEN_SCORES;
import static io.github.tandem4j.ModelCapability.TOOLS;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelCapability;
import java.util.EnumSet;
import java.util.Set;

/** Who serves a model. Only a provider that is used has its module loaded. */
enum Provider {
    OPEN_AI(
            "openai",
            "https://api.openai.com/v1",
            "langchain4j-open-ai",
            "dev.langchain4j.model.openai.OpenAiChatModel"),
    ANTHROPIC(
            "anthropic",
            "https://api.anthropic.com/v1",
            "langchain4j-anthropic",
            "dev.langchain4j.model.anthropic.AnthropicChatModel"),
    OLLAMA("ollama", "http://localhost:11434", "langchain4j-ollama", "dev.langchain4j.model.ollama.OllamaChatModel");

    private final String label;
    private final String baseUrl;
    private final String artifact;
    private final String witness;

    Provider(String label, String baseUrl, String artifact, String witness) {
        this.label = label;
        this.baseUrl = baseUrl;
        this.artifact = artifact;
        this.witness = witness;
    }

    /** {@return its name in profiles and messages} */
    String label() {
        return label;
    }

    /** {@return where its own API is} */
    String baseUrl() {
        return baseUrl;
    }

    /** {@return what an endpoint's model can do: the provider's usual, and what was added and taken away} */
    Set<ModelCapability> capabilities(
            String endpoint, boolean isOwnApi, Set<ModelCapability> added, Set<ModelCapability> removed) {
        if (this != OPEN_AI && added.contains(TOKEN_SCORES)) {
            throw new ConfigurationException("endpoint " + endpoint + " is said to give " + TOKEN_SCORES
                    + ", which no endpoint of " + label + " does; Ollama's do behind openAi() and its /v1");
        }
        Set<ModelCapability> all = EnumSet.copyOf(usualCapabilities());
        if (this == OPEN_AI && !isOwnApi) {
            all.remove(IMAGES);
        }
        all.addAll(added);
        all.removeAll(removed);
        return all;
    }

    /** {@return what its current models can do} */
    private Set<ModelCapability> usualCapabilities() {
        return switch (this) {
            case OPEN_AI -> Set.of(TOOLS, JSON_SCHEMA, IMAGES, TOKEN_SCORES);
            case ANTHROPIC -> Set.of(TOOLS, IMAGES);
            case OLLAMA -> Set.of(TOOLS, JSON_SCHEMA);
        };
    }

    /** {@return the provider's models; throws if its module is not on the class path} */
    ProviderModels connect(Settings settings, HttpFailures failures) {
        try {
            Class.forName(witness, false, Provider.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new ConfigurationException(
                    "endpoint " + settings.id() + " needs the Maven artifact dev.langchain4j:" + artifact
                            + " on the class path, in the version of langchain4j-core; it is an optional dependency of"
                            + " tandem-remote",
                    e);
        }
        return switch (this) {
            case OPEN_AI -> OpenAiModels.connect(settings, failures);
            case ANTHROPIC -> AnthropicModels.connect(settings, failures);
            case OLLAMA -> OllamaModels.connect(settings, failures);
        };
    }
}
