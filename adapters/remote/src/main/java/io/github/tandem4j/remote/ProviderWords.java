package io.github.tandem4j.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a provider says of an error. Its prose may hold pieces of the prompt (validation errors quote their input) or of
 * the key, and exceptions end up in logs; so it is repeated only if it has no {@value #RUN} letters and digits in a row in
 * common with any text of the request, and no {@value #KEY_RUN} with the key. Its codes are repeated unless they are of
 * the key.
 */
final class ProviderWords {

    private static final int RUN = 16;
    private static final int SHORTEST_PROMPT = 4;
    private static final int KEY_RUN = 6;
    private static final int MOST_CHARACTERS = 300;
    private static final Pattern CODE = Pattern.compile("[A-Za-z0-9_.\\[\\]-]{1,64}");
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\s]+");
    private static final Pattern NEITHER_LETTER_NOR_DIGIT = Pattern.compile("[^\\p{L}\\p{N}]+");
    private static final JsonMapper JSON = new JsonMapper();

    private final String prose;
    private final String codes;
    private final boolean repeatsTheKey;

    private ProviderWords(String prose, String codes, boolean repeatsTheKey) {
        this.repeatsTheKey = repeatsTheKey;
        this.prose = prose;
        this.codes = codes;
    }

    /** Reads {@code {"error":{"message","type","code","param"}}}, {@code {"error":"..."}} and {@code {"message":"..."}}. */
    static ProviderWords in(@Nullable JsonNode body, @Nullable String key) {
        JsonNode root = body == null ? MissingNode.getInstance() : body;
        JsonNode error = root.path("error");
        JsonNode holder = error.isObject() ? error : root;
        String prose =
                error.isTextual() ? error.asText() : holder.path("message").asText("");
        StringBuilder codes = new StringBuilder();
        for (String field : new String[] {"type", "code", "param"}) {
            String code = holder.path(field).asText("");
            if (CODE.matcher(code).matches()
                    && codes.indexOf(code) < 0
                    && !code.equals("null")
                    && !repeatsKey(code, key)) {
                codes.append(codes.isEmpty() ? "" : ", ").append(code);
            }
        }
        return new ProviderWords(plain(prose), codes.toString(), repeatsKey(plain(prose), key));
    }

    /** {@return for example {@code  (invalid_request_error, model_not_found)}, with a blank before it; empty without codes} */
    String codes() {
        return codes.isEmpty() ? "" : " (" + codes + ")";
    }

    /** {@return the codes, and the prose if it repeats nothing of the request's texts or the key} */
    String quotedUnlessTheyRepeat(String requestBody) {
        return prose.isEmpty() || repeats(requestBody) ? codes() : codes() + ": \"" + prose + "\"";
    }

    /** {@return whether the name occurs in the provider's words} */
    boolean mention(String name) {
        return codes.contains(name) || prose.contains(name);
    }

    /** {@return one printable line of at most {@value #MOST_CHARACTERS} characters} */
    static String plain(String text) {
        String start = text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS) + "…";
        return UNPRINTABLE.matcher(start).replaceAll(" ").trim();
    }

    private static boolean repeatsKey(String text, @Nullable String key) {
        String secret = key == null ? "" : normal(key);
        return !secret.isEmpty() && shareARun(normal(text), secret, Math.min(KEY_RUN, secret.length()));
    }

    private boolean repeats(String requestBody) {
        if (repeatsTheKey) {
            return true;
        }
        try {
            return repeatsATextOf(JSON.readTree(requestBody), normal(prose));
        } catch (JsonProcessingException e) {
            return true; // what cannot be read cannot be shown to be absent
        }
    }

    /** Role names, types and the names of models and parameters are the protocol's, not the user's. */
    private static boolean repeatsATextOf(JsonNode request, String said) {
        for (String field : new String[] {"messages", "system", "tools", "response_format", "format", "stop"}) {
            if (repeatsALeafOf(request.path(field), said)) {
                return true;
            }
        }
        return false;
    }

    private static boolean repeatsALeafOf(JsonNode node, String said) {
        if (node.isTextual()) {
            String leaf = normal(node.asText());
            return leaf.length() < RUN
                    ? leaf.length() >= SHORTEST_PROMPT && said.contains(leaf)
                    : shareARun(said, leaf, RUN);
        }
        for (Map.Entry<String, JsonNode> child : node.properties()) {
            String name = child.getKey();
            if (!name.equals("role") && !name.equals("type") && repeatsALeafOf(child.getValue(), said)) {
                return true;
            }
        }
        for (JsonNode element : node.isArray() ? node : MissingNode.getInstance()) {
            if (repeatsALeafOf(element, said)) {
                return true;
            }
        }
        return false;
    }

    private static boolean shareARun(String one, String other, int length) {
        Set<String> runs = new HashSet<>();
        for (int i = 0; i + length <= one.length(); i++) {
            runs.add(one.substring(i, i + length));
        }
        for (int i = 0; !runs.isEmpty() && i + length <= other.length(); i++) {
            if (runs.contains(other.substring(i, i + length))) {
                return true;
            }
        }
        return false;
    }

    private static String normal(String text) {
        return NEITHER_LETTER_NOR_DIGIT.matcher(text).replaceAll("").toLowerCase(Locale.ROOT);
    }
}
