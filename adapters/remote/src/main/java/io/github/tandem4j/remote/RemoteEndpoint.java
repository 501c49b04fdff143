package io.github.tandem4j.remote;

import static io.github.tandem4j.ModelCapability.TOKEN_SCORES;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.LeafEndpoint;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.TokenSink;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A large model behind an HTTP API, through LangChain4j's module for its provider, which is an optional dependency: add
 * {@code dev.langchain4j:langchain4j-open-ai}, {@code langchain4j-anthropic} or {@code langchain4j-ollama}.
 *
 * <pre>{@code
 * ModelEndpoint large = RemoteEndpoint.openAi(key, "gpt-4o");
 *
 * ModelEndpoint own = RemoteEndpoint.openAi()
 *         .baseUrl("http://gpu-7:8000/v1")          // vLLM, llama.cpp's server, Ollama's /v1
 *         .model("Qwen/Qwen3-32B")
 *         .price(Price.perMillionTokens("0.10", "0.30"))
 *         .contextWindow(32_768)
 *         .build();
 * }</pre>
 *
 * <p>A call stays on its caller's thread from the request to the last token. Cancelling it, its deadline, the endpoint's
 * timeouts and an interrupt cut the HTTP exchange, whether it waits for the first byte or in the middle of a stream; so
 * does an answer that is longer than {@link Builder#maxResponseBytes}.
 * Nothing is retried here, and neither prompts nor answers nor keys are logged or put into messages.
 *
 * <p>A request is sent to the endpoint's own model, whatever model the request names: an endpoint has one price and one
 * profile. OpenAI's log-probabilities are asked for and become the reply's {@link
 * io.github.tandem4j.EvidenceKey#TOKEN_SCORES}, streamed or not, and a stream's sink has those of each piece with it;
 * Anthropic has none, and LangChain4j's module for Ollama reads none. Prompt tokens that OpenAI or Anthropic say they
 * read from their cache are {@link io.github.tandem4j.EvidenceKey#CACHED_INPUT_TOKENS}, and priced as such; a reply's
 * token usage counts all of a prompt's tokens, Anthropic's cached ones too, which LangChain4j leaves out. What Anthropic
 * writes into its cache, if a request's own parameters ask for it, is priced as other prompt tokens, although it is dearer.
 *
 * <p>Thread-safe. There is nothing to close.
 */
public final class RemoteEndpoint extends LeafEndpoint {

    private final ProviderModels models;
    private final HttpFailures failures;
    private final Settings settings;

    private RemoteEndpoint(Settings settings, ModelProfile profile) {
        super(settings.id(), profile);
        this.settings = settings;
        failures = new HttpFailures(settings);
        models = settings.provider().connect(settings, failures);
    }

    /** {@return a model of OpenAI's, with the defaults of {@link Builder} and its list price if that is known} */
    public static RemoteEndpoint openAi(@Nullable String apiKey, String model) {
        return openAi().apiKey(apiKey).model(model).build();
    }

    /** {@return a builder for a model of OpenAI's, or behind any base URL where its chat completions are spoken} */
    public static Builder openAi() {
        return new Builder(Provider.OPEN_AI);
    }

    /** {@return a model of Anthropic's, with the defaults of {@link Builder} and its list price if that is known} */
    public static RemoteEndpoint anthropic(@Nullable String apiKey, String model) {
        return anthropic().apiKey(apiKey).model(model).build();
    }

    /** {@return a builder for a model of Anthropic's} */
    public static Builder anthropic() {
        return new Builder(Provider.ANTHROPIC);
    }

    /** {@return a model of the Ollama on this machine's port 11434; see {@link Builder#onThisMachine}} */
    public static RemoteEndpoint ollama(String model) {
        return ollama().model(model).build();
    }

    /** {@return a builder for a model of an Ollama} */
    public static Builder ollama() {
        return new Builder(Provider.OLLAMA);
    }

    /** {@return whether the server answers within two seconds, see {@link #isReachable(Duration)}} */
    public boolean isReachable() {
        return isReachable(Reachability.USUAL);
    }

    /**
     * {@return whether anything at the base URL answers HTTP within that time, whatever its status: a sign that there is a
     * network and a server, none that the key is valid or the model works, nor, without TLS, that it is the provider's
     * server: the login page of a hotel's network answers too}
     *
     * <p>It sends one {@code HEAD} request without key, prompt or cost, on the caller's thread. It is false if no connection
     * comes about, nothing is answered in time, or the thread is interrupted, which it then stays. Call it as a health check
     * does, now and then, and not before every call: between the two a server may go, and a call says so itself.
     *
     * @param atMost more than zero, at most ten minutes
     * @throws IllegalArgumentException if it is neither
     */
    public boolean isReachable(Duration atMost) {
        return Reachability.probe(settings, atMost);
    }

    @Override
    protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
        try {
            ChatRequest prepared = models.prepared(chat);
            StreamedScores scores = new StreamedScores(models.scores());
            ChatResponse response = new CurrentCall(context, scores)
                    .make(() -> tokens == TokenSink.NONE
                            ? models.blocking().chat(prepared)
                            : streamed(prepared, new StreamedAnswer(tokens, scores)));
            return models.completion().apply(response);
        } catch (RuntimeException e) {
            throw inOwnTerms(e);
        }
    }

    /**
     * A count made with OpenAI's own tokenizer for the models of its own API whose tokenizer is known, up to 200,000
     * characters; else an estimate. What it has at most, on which budgets rely, holds for the models of {@link
     * PriceTable#shipped()}: an image counts as up to 4,096 tokens, one of more than low detail to GPT-4o mini as up to
     * 50,000; a document, audio or video as up to the {@link Builder#contextWindow}, or the longest that the provider's
     * models have; Anthropic's tools as up to 600 beyond their specifications.
     */
    @Override
    protected TokenCount countTokens(ChatRequest chat) {
        return models.counter().apply(chat);
    }

    private ChatResponse streamed(ChatRequest chat, StreamedAnswer answer) {
        models.streaming().chat(chat, answer);
        ChatResponse response = answer.response();
        if (response == null) {
            throw failures.ofEarlyEnd();
        }
        return response;
    }

    /** LangChain4j wraps what the transport throws now and then, and quotes the answer where it cannot read it. */
    private RuntimeException inOwnTerms(RuntimeException failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 16; depth++) {
            if (cause instanceof TandemException known) {
                return known;
            }
            if (cause instanceof JsonProcessingException) {
                return failures.ofProtocol();
            }
            cause = cause.getCause();
        }
        return failure;
    }

    /**
     * Builds an endpoint. Only the model must be named, and for OpenAI's and Anthropic's own APIs the key.
     *
     * <ul>
     *   <li>id: the model's name
     *   <li>base URL: the provider's own API; for Ollama {@code http://localhost:11434}
     *   <li>price: the list price of {@link PriceTable#shipped()} if the base URL is the provider's own and the table has
     *       the model; not known otherwise, which is never the same as free
     *   <li>longest completion: not known, and none is sent; for Anthropic, which insists on one, 4,096 tokens
     *   <li>context window: not known
     *   <li>timeout: 10 minutes for a whole call, 10 seconds of it for connecting
     *   <li>idle timeout: 1 minute; none for a model that reasons, which is silent while it does
     *   <li>longest response: 32 MiB, of which one event of a stream 1 MiB
     *   <li>capabilities: those of the provider's current models. OpenAI: tools, JSON schemas, images, token scores (behind
     *       another base URL no images). Anthropic: tools, images. Ollama: tools, JSON schemas
     *   <li>location: remote
     * </ul>
     */
    public static final class Builder {

        private final Provider provider;
        private final Set<ModelCapability> added = EnumSet.noneOf(ModelCapability.class);
        private final Set<ModelCapability> removed = EnumSet.noneOf(ModelCapability.class);
        private @Nullable String id;
        private @Nullable String model;
        private @Nullable String apiKey;
        private @Nullable String baseUrl;
        private @Nullable Price price;
        private @Nullable PriceTable prices;
        private @Nullable Integer contextWindow;
        private @Nullable Integer maxOutputTokens;
        private Duration timeout = Limits.USUAL_TIMEOUT;
        private @Nullable Duration idleTimeout;
        private long maxResponseBytes = Limits.USUAL_RESPONSE_BYTES;
        private boolean reasoning;
        private boolean onThisMachine;
        private @Nullable HttpClient http;

        private Builder(Provider provider) {
            this.provider = provider;
            if (provider == Provider.ANTHROPIC) {
                maxOutputTokens = 4096;
            }
        }

        /** Sets the API key; null and blank are none, as of an environment that lacks it. Servers of one's own may need none. */
        public Builder apiKey(@Nullable String key) {
            apiKey = key;
            return this;
        }

        /** Names the model, as the provider does. */
        public Builder model(String name) {
            model = Objects.requireNonNull(name, "model");
            return this;
        }

        /** Sets where the provider, or a server that speaks its protocol, is: such as {@code http://gpu-7:8000/v1}. */
        public Builder baseUrl(String url) {
            baseUrl = Objects.requireNonNull(url, "base URL");
            return this;
        }

        /** Names the endpoint in traces, costs and errors. */
        public Builder id(String name) {
            id = Objects.requireNonNull(name, "id");
            return this;
        }

        /** Sets what the model's tokens cost; counts before any table. */
        public Builder price(Price known) {
            price = Objects.requireNonNull(known, "price");
            return this;
        }

        /** Sets the table in which the model's price is looked up; a model that it lacks has no known price. */
        public Builder prices(PriceTable table) {
            prices = Objects.requireNonNull(table, "prices");
            return this;
        }

        /** Sets how many tokens prompt and completion may have together, one or more. Ollama is told to keep that many. */
        public Builder contextWindow(int tokens) {
            contextWindow = tokens;
            return this;
        }

        /** Sets the longest completion, which is sent with every request that names none; one token or more. */
        public Builder maxOutputTokens(int tokens) {
            maxOutputTokens = tokens;
            return this;
        }

        /**
         * Sets how long one call may take, answer included, and so how long the headers and the first piece of a stream may
         * be waited for; more than zero, at most a day. A request's deadline counts too.
         */
        public Builder timeout(Duration longest) {
            timeout = Objects.requireNonNull(longest, "timeout");
            return this;
        }

        /**
         * Sets the longest silence between two pieces of a stream that has begun; more than zero, at most a day. Any bytes
         * are a piece, so that a provider's pings keep a stream alive. A stream that stays silent is cut, and the call ends
         * in a {@link io.github.tandem4j.TransientException}. How long the sink takes over a piece does not count.
         */
        public Builder idleTimeout(Duration longest) {
            idleTimeout = Objects.requireNonNull(longest, "idle timeout");
            return this;
        }

        /**
         * Sets how many bytes an answer may have on the wire, a stream in sum: 65,536 to 1,073,741,824. One event of a
         * stream may have a 32nd of that. What is longer is cut, and the call ends in a {@link ConfigurationException}, for
         * the same request would bring the same flood again.
         */
        public Builder maxResponseBytes(long bytes) {
            maxResponseBytes = bytes;
            return this;
        }

        /** Adds what the model can do beyond the provider's usual. */
        public Builder can(ModelCapability... more) {
            added.addAll(Arrays.asList(more));
            removed.removeAll(added);
            return this;
        }

        /** Takes away what the model cannot do. Without {@code TOKEN_SCORES} no log-probabilities are asked for. */
        public Builder cannot(ModelCapability... less) {
            removed.addAll(Arrays.asList(less));
            added.removeAll(removed);
            return this;
        }

        /**
         * Says that the model reasons before it answers, as OpenAI's o-series does: such models refuse to give
         * log-probabilities, take the longest completion under another name, and are silent while they reason.
         */
        public Builder reasoning() {
            reasoning = true;
            return cannot(TOKEN_SCORES);
        }

        /**
         * Vouches that the model itself runs on this machine, so that no prompt leaves it: the endpoint is then local and
         * free unless priced, and takes requests labelled {@code LOCAL_ONLY}. A base URL of this machine is no proof, since
         * a tunnel, a gateway or a cloud model of Ollama's may stand behind it.
         */
        public Builder onThisMachine() {
            onThisMachine = true;
            return this;
        }

        /** Sets the HTTP client, for a proxy or certificates of one's own. It is never closed here. */
        public Builder httpClient(HttpClient client) {
            http = Objects.requireNonNull(client, "HTTP client");
            return this;
        }

        /**
         * {@return the endpoint; nothing is sent yet}
         *
         * @throws ConfigurationException if a setting is missing or not valid, or the provider's module is not on the class
         *     path
         */
        public RemoteEndpoint build() {
            String name = named("model", model);
            String endpoint = id == null ? name : named("id", id);
            String url = baseUrl == null ? provider.baseUrl() : Settings.validBaseUrl(endpoint, baseUrl);
            boolean isOwnApi = provider != Provider.OLLAMA && url.equals(provider.baseUrl());
            Set<ModelCapability> capabilities = provider.capabilities(endpoint, isOwnApi, added, removed);
            HttpClient client = http;
            Supplier<HttpClient> connection = client == null ? SharedHttpClient::get : () -> client;
            Settings settings = new Settings(
                    endpoint,
                    provider,
                    name,
                    Settings.keyOf(provider, endpoint, isOwnApi, apiKey),
                    url,
                    isOwnApi,
                    reasoning,
                    capabilities.contains(TOKEN_SCORES),
                    maxOutputTokens,
                    contextWindow,
                    limits().valid(endpoint),
                    connection);
            return new RemoteEndpoint(settings, profile(name, isOwnApi, capabilities));
        }

        Limits limits() {
            Duration usual = reasoning ? null : Limits.USUAL_IDLE;
            return new Limits(timeout, idleTimeout == null ? usual : idleTimeout, maxResponseBytes);
        }

        private ModelProfile profile(String name, boolean isOwnApi, Set<ModelCapability> capabilities) {
            ModelProfile.Builder profile = onThisMachine ? ModelProfile.local() : ModelProfile.remote();
            profile.provider(provider.label()).can(capabilities);
            PriceTable table = prices == null && isOwnApi ? PriceTable.shipped() : prices;
            Price known =
                    price != null || table == null ? price : table.price(name).orElse(null);
            if (known != null) {
                profile.price(known);
            }
            if (contextWindow != null) {
                profile.contextWindow(contextWindow);
            }
            if (maxOutputTokens != null) {
                profile.maxOutputTokens(maxOutputTokens);
            }
            return profile.build();
        }

        private String named(String what, @Nullable String value) {
            if (value == null || value.isBlank()) {
                throw new ConfigurationException("endpoint of " + provider.label() + " has no " + what
                        + "; valid is a name such as gpt-4o-mini");
            }
            return value;
        }
    }
}
