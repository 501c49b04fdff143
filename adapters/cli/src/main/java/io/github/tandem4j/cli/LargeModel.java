package io.github.tandem4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Price;
import io.github.tandem4j.remote.PriceTable;
import io.github.tandem4j.remote.RemoteEndpoint;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

/** The large model that the environment configures, if it does. */
final class LargeModel {

    /** What to set, for those who have set nothing. */
    static final String HOW = "set OPENAI_API_KEY (with OPENAI_BASE_URL and OPENAI_MODEL if you like) or "
            + "ANTHROPIC_API_KEY (ANTHROPIC_MODEL), or start Ollama (OLLAMA_HOST, OLLAMA_MODEL)";

    private static final Duration REACHABLE_WITHIN = Duration.ofMillis(800);

    private LargeModel() {}

    /** {@return an endpoint for the first that is configured: OpenAI, Anthropic, an Ollama that answers} */
    static Optional<ModelEndpoint> in(Surroundings surroundings) {
        if (!surroundings.variable("OPENAI_API_KEY").isEmpty()) {
            return Optional.of(openAi(surroundings));
        }
        if (!surroundings.variable("ANTHROPIC_API_KEY").isEmpty()) {
            return Optional.of(named(
                            or(surroundings.variable("ANTHROPIC_MODEL"), "claude-3-5-haiku-20241022"),
                            RemoteEndpoint.anthropic())
                    .apiKey(surroundings.variable("ANTHROPIC_API_KEY"))
                    .build());
        }
        return ollama(surroundings);
    }

    /** A compatible server behind another base URL bills as it likes; the list price of the model's name is the best guess. */
    private static ModelEndpoint openAi(Surroundings surroundings) {
        var builder = named(or(surroundings.variable("OPENAI_MODEL"), "gpt-4o-mini"), RemoteEndpoint.openAi())
                .apiKey(surroundings.variable("OPENAI_API_KEY"))
                .prices(PriceTable.shipped());
        String baseUrl = surroundings.variable("OPENAI_BASE_URL");
        return (baseUrl.isEmpty() ? builder : builder.baseUrl(baseUrl)).build();
    }

    private static Optional<ModelEndpoint> ollama(Surroundings surroundings) {
        String url = ollamaUrl(or(surroundings.variable("OLLAMA_HOST"), "localhost"));
        return firstModelOf(url)
                .map(first -> named(or(surroundings.variable("OLLAMA_MODEL"), first), RemoteEndpoint.ollama())
                        .baseUrl(url)
                        .price(Price.FREE)
                        .build());
    }

    /** {@return the address that Ollama's own client makes of this: http and port 11434 unless it says otherwise} */
    static String ollamaUrl(String host) {
        if (host.contains("://")) {
            return host.replaceAll("/+$", "");
        }
        return "http://" + (host.matches(".*:\\d+") ? host : host + ":11434");
    }

    /** A model that shares the small one's name still needs an id of its own. */
    private static RemoteEndpoint.Builder named(String model, RemoteEndpoint.Builder builder) {
        return (model.equals(LocalModel.SMOLLM2) ? builder.id("remote " + model) : builder).model(model);
    }

    /** {@return the name of a model that an Ollama at this address has; empty if none answers there} */
    private static Optional<String> firstModelOf(String url) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/api/tags"))
                    .timeout(REACHABLE_WITHIN)
                    .build();
            HttpResponse<String> response = HttpClient.newBuilder()
                    .connectTimeout(REACHABLE_WITHIN)
                    .build()
                    .send(request, BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                return Optional.empty();
            }
            for (JsonNode model : new JsonMapper().readTree(response.body()).path("models")) {
                String name = model.path("name").asText();
                String family = model.at("/details/family").asText();
                if (!name.isEmpty() && !name.contains("embed") && !family.contains("bert")) {
                    return Optional.of(name); // embedding models do not chat
                }
            }
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static String or(String value, String fallback) {
        return value.isEmpty() ? fallback : value;
    }
}
