package io.github.tandem4j.remote;

import static io.github.tandem4j.ModelCapability.IMAGES;
import static io.github.tandem4j.ModelCapability.JSON_SCHEMA;
import static io.github.tandem4j.ModelCapability.TOKEN_SCORES;
import static io.github.tandem4j.ModelCapability.TOOLS;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelCapability;
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

    /** {@return what its current models can do} */
    Set<ModelCapability> capabilities() {
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
