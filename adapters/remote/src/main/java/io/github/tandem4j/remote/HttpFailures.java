package io.github.tandem4j.remote;

import static io.github.tandem4j.ModelCapability.TOKEN_SCORES;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.WindowExceededException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Says what went wrong with an exchange, sorted by what the caller should do about it:
 *
 * <ul>
 *   <li>change the configuration: 401, 403, 404, a redirect, an answer of a content type that no model's API has (the
 *       page of a proxy, a wrong base URL), an answer without end;
 *   <li>change the request: 400, 413, 422 and the other 4xx;
 *   <li>try again: 408, 409, 425, 429, 5xx, a broken connection, a timeout, a stream that breaks off or goes silent, and a
 *       body that says that it is JSON and is not, since it was garbled or cut off on its way.
 * </ul>
 *
 * <p>Where LangChain4j has a name for a failure, its exception is the cause, for those who ask through its models.
 *
 * <p>Messages name the endpoint, the model and the status. They quote the provider only where {@link ProviderWords} shows
 * that it repeats nothing of the request or the key.
 */
final class HttpFailures {

    private static final JsonMapper JSON = new JsonMapper();

    private final Settings settings;

    HttpFailures(Settings settings) {
        this.settings = settings;
    }

    /** {@return the failure that an HTTP status outside 200..299 reports} */
    TandemException ofStatus(int status, HttpHeaders headers, String errorBody, String requestBody) {
        ProviderWords words = ProviderWords.in(tree(errorBody), settings.apiKey());
        String answered = failed() + server() + " answered HTTP " + status + " for model " + settings.model();
        if (status == 401 || status == 403) {
            // Never in the provider's words: they like to name the key.
            String why = answered + words.codes() + "; check the API key and what it may be used for";
            return new ConfigurationException(why, new AuthenticationException(why));
        }
        String message = answered + words.quotedUnlessTheyRepeat(requestBody);
        if (status == 404) {
            String why = message + "; check the model's name and the base URL " + settings.baseUrl();
            return new ConfigurationException(why, new ModelNotFoundException(why));
        }
        if (status < 400) {
            return new ConfigurationException(
                    message + "; redirects are not followed, check the base URL " + settings.baseUrl());
        }
        if (status == 408 || status == 409 || status == 425 || status == 429 || status >= 500) {
            return new TransientException(message, RetryAfter.in(headers), kindOf(status, message));
        }
        if (settings.scores() && words.mention("logprobs")) {
            return new ConfigurationException(message + "; if the model gives no log-probabilities, build the endpoint"
                    + " with cannot(" + TOKEN_SCORES + ") or reasoning()");
        }
        if (!settings.reasoning() && words.mention("max_tokens") && words.mention("max_completion_tokens")) {
            return new ConfigurationException(
                    message + "; if the model reasons before it answers, build the endpoint with reasoning()");
        }
        if (settings.maxOutputTokens() == null && words.mention("tokens is too large")) {
            return new RejectedRequestException(message + "; if the request left its longest completion open, a budget"
                    + " set it: build the endpoint with the model's own, maxOutputTokens(..)");
        }
        if (words.mention("content_filter") || words.mention("content_policy_violation")) {
            return new RejectedRequestException(message, new ContentFilteredException(message));
        }
        return words.mention("context_length_exceeded")
                ? new WindowExceededException(message)
                : new RejectedRequestException(message);
    }

    /** {@return what LangChain4j calls a failure that may pass; null if it has no name for it} */
    private static @Nullable LangChain4jException kindOf(int status, String message) {
        return switch (status) {
            case 408 -> new dev.langchain4j.exception.TimeoutException(message);
            case 429 -> new RateLimitException(message);
            default -> status >= 500 ? new InternalServerException(message) : null;
        };
    }

    /** {@return the failure of a connection that could not be made, broke off or took too long} */
    RuntimeException ofConnection(IOException failure) {
        if (causedBy(failure, InterruptedException.class)) {
            return new UncheckedIOException(failure); // the endpoint knows whether this was a deadline
        }
        if (causedBy(failure, UnresolvedAddressException.class)) {
            // Without its cause, which LangChain4j would take for the failure itself.
            return new TransientException(failed() + "no address is known for the host of " + settings.baseUrl(), null);
        }
        if (failure instanceof HttpConnectTimeoutException || failure instanceof ConnectException) {
            return new TransientException(
                    failed() + "cannot connect to " + settings.baseUrl() + describe(failure), failure);
        }
        if (failure instanceof ResponseBody.SilenceException) {
            return new TransientException(
                    failed() + "the stream of " + server()
                            + " went silent for longer than the endpoint's idle timeout of "
                            + settings.limits().idle(),
                    failure);
        }
        if (failure instanceof HttpTimeoutException) {
            return new TransientException(
                    failed() + server() + " did not answer within the endpoint's timeout of "
                            + settings.limits().timeout(),
                    failure);
        }
        return new TransientException(
                failed() + "connection to " + server() + " broke off" + describe(failure), failure);
    }

    /**
     * {@return the failure of an answer that is longer than the endpoint takes} It is a matter of configuration: the same
     * request would bring the same flood again, so that trying again costs the same and helps nothing; what helps is
     * another base URL, or a higher limit.
     */
    TandemException ofLength(String what, long limit) {
        return new ConfigurationException(failed() + server() + " sent " + what + " of more than " + limit
                + " bytes, which is the limit; check the base URL, or build the endpoint with a higher"
                + " maxResponseBytes(..), which is " + settings.limits().responseBytes());
    }

    /** {@return the failure of a stream that ended as if it were complete, and is not} */
    TandemException ofEarlyEnd() {
        return new TransientException(failed() + "the stream of " + server() + " ended before the answer did", null);
    }

    /** {@return the failure of an answer in JSON that the provider's protocol does not have} */
    TandemException ofProtocol() {
        return new ConfigurationException(failed() + server() + " answered with JSON that is not of "
                + settings.provider().label() + "'s protocol; check the base URL");
    }

    /** Throws unless a body of this content type is one JSON object that reports no error. */
    void requireAnswer(String body, String contentType) {
        try {
            requireNoErrorIn(body);
        } catch (JsonProcessingException e) {
            if (!mayBeJson(contentType)) {
                throw notTheProtocol(contentType);
            }
            throw noJson("a body");
        }
    }

    /** Throws if a stream of this content type is surely none of a model's answer. */
    void requireStream(String contentType) {
        if (!mayBeJson(contentType) && !contentType.toLowerCase(Locale.ROOT).contains("event-stream")) {
            throw notTheProtocol(contentType);
        }
    }

    /** Throws unless the data of a stream's event is one JSON object that reports no error. */
    void requireNoError(String data) {
        if (!"[DONE]".equals(data)) {
            try {
                requireNoErrorIn(data);
            } catch (JsonProcessingException e) {
                throw noJson("an event");
            }
        }
    }

    /** Walks over the JSON without keeping any of it; only what may be an error is looked at. */
    private void requireNoErrorIn(String json) throws JsonProcessingException {
        JsonFactory factory = JSON.getFactory();
        try (JsonParser parser = factory.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new com.fasterxml.jackson.core.JsonParseException(parser, "no object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                if (field.equals("error") && isSomething(parser, value)) {
                    throw new TransientException(
                            failed() + server() + " reported an error for model " + settings.model()
                                    + " in an answer that had begun"
                                    + ProviderWords.in(tree(json), settings.apiKey())
                                            .codes(),
                            null);
                }
                parser.skipChildren();
            }
        } catch (JsonProcessingException e) {
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a string cannot fail to be read
        }
    }

    /** Some servers say in every answer that there is no error. */
    private static boolean isSomething(JsonParser parser, JsonToken value) throws IOException {
        return switch (value) {
            case VALUE_NULL, VALUE_FALSE -> false;
            case START_OBJECT -> parser.nextToken() != JsonToken.END_OBJECT;
            case START_ARRAY -> parser.nextToken() != JsonToken.END_ARRAY;
            default -> !parser.getText().isBlank();
        };
    }

    private TransientException noJson(String what) {
        return new TransientException(failed() + server() + " answered with " + what + " that is no JSON object", null);
    }

    private ConfigurationException notTheProtocol(String contentType) {
        return new ConfigurationException(failed() + server() + " answered with content of type "
                + ProviderWords.plain(contentType) + "; valid is JSON or an event stream, check the base URL");
    }

    /** Some servers send their JSON as plain text, or without saying what it is. */
    private static boolean mayBeJson(String contentType) {
        String type = contentType.toLowerCase(Locale.ROOT);
        return type.isEmpty()
                || type.contains("json")
                || type.startsWith("text/plain")
                || type.startsWith("application/octet-stream");
    }

    private static @Nullable JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** A provider by its name, a server that speaks its protocol by its address. */
    private String server() {
        return settings.isOwnApi() ? settings.provider().label() : settings.baseUrl();
    }

    private String failed() {
        return "call of " + settings.id() + " failed: ";
    }

    private static String describe(IOException failure) {
        String message = failure.getMessage();
        return message == null ? "" : ": " + ProviderWords.plain(message);
    }

    private static boolean causedBy(Throwable failure, Class<? extends Throwable> type) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 16; depth++) {
            if (type.isInstance(cause)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
