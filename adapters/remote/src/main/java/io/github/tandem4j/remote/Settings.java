package io.github.tandem4j.remote;

import io.github.tandem4j.ConfigurationException;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a provider's module is told of an endpoint.
 *
 * @param id the endpoint's name
 * @param provider who serves it
 * @param model the model's name at the provider
 * @param apiKey the key; null if none is sent
 * @param baseUrl where the provider is, without a slash at the end
 * @param isOwnApi whether that is the provider's own API, not one that speaks its protocol
 * @param reasoning whether the model reasons before it answers
 * @param scores whether token scores are asked for
 * @param maxOutputTokens sent when a request names no longest completion; null to leave it to the provider
 * @param contextWindow the model's window; null if not known
 * @param limits how long one call may take, and how much it may bring
 * @param http the client, made at first use
 */
record Settings(
        String id,
        Provider provider,
        String model,
        @Nullable String apiKey,
        String baseUrl,
        boolean isOwnApi,
        boolean reasoning,
        boolean scores,
        @Nullable Integer maxOutputTokens,
        @Nullable Integer contextWindow,
        Limits limits,
        Supplier<HttpClient> http) {

    private static final int MOST_PORT = 65_535;

    /** {@return all but the key} */
    @Override
    public String toString() {
        return "Settings[" + id + ": " + model + " of " + provider + " at " + baseUrl + "]";
    }

    /** {@return the key, null if none is needed and none is given} */
    static @Nullable String keyOf(Provider provider, String endpoint, boolean isOwnApi, @Nullable String key) {
        if (key != null && !key.isBlank()) {
            return validKey(endpoint, key);
        }
        if (isOwnApi || provider == Provider.ANTHROPIC) {
            throw new ConfigurationException(
                    "endpoint " + endpoint + " has no API key; " + provider.label() + " needs one");
        }
        return null;
    }

    /** Checked before it is sent, since whoever complains of it later would quote it. */
    private static String validKey(String endpoint, String key) {
        for (int i = 0; i < key.length(); i++) {
            if (key.charAt(i) <= ' ' || key.charAt(i) > '~') {
                throw new ConfigurationException("API key of " + endpoint + " has a character at position " + i
                        + " that no key has; valid is printable ASCII without blanks or line breaks");
            }
        }
        return key;
    }

    /** Checked here, and without its secrets, since it is named in messages; given back without a slash at its end. */
    static String validBaseUrl(String endpoint, String url) {
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("base URL of " + endpoint + " is no URL: '" + url + "'", e);
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (uri.getUserInfo() != null) {
            throw new ConfigurationException("base URL of " + endpoint
                    + " holds a user's name or password; valid is a URL without, use apiKey(..) or httpClient(..)");
        }
        if (!(scheme.equals("http") || scheme.equals("https")) || uri.getHost() == null) {
            throw new ConfigurationException("base URL of " + endpoint + " is '" + url
                    + "'; valid is an http or https URL such as http://localhost:8000/v1");
        }
        if (uri.getPort() == 0 || uri.getPort() > MOST_PORT) { // -1: none is named
            throw new ConfigurationException(
                    "base URL of " + endpoint + " has port " + uri.getPort() + "; valid is 1 to " + MOST_PORT);
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new ConfigurationException(
                    "base URL of " + endpoint + " has a query or a fragment; valid is a URL without");
        }
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }
}
