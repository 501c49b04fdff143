package io.github.tandem4j.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Price;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What models' tokens cost, with the day on which that was so and who said it. A model that the table lacks has no price:
 * nothing is guessed from a similar name, and nothing is taken as free.
 *
 * <p>As a file it is JSON, one object a model, in US dollars per million tokens; the date and the source are optional, and
 * further fields of a model are ignored. Prompt tokens that a provider has in its cache cost as much as others where the
 * table does not say:
 *
 * <pre>{@code
 * {
 *   "as_of": "2025-08-31",
 *   "source": "https://openai.com/api/pricing",
 *   "gpt-4o": {"usd_per_million_input_tokens": 2.50, "usd_per_million_output_tokens": 10.00,
 *              "usd_per_million_cached_input_tokens": 1.25}
 * }
 * }</pre>
 *
 * Immutable.
 */
public final class PriceTable {

    private static final String INPUT = "usd_per_million_input_tokens";
    private static final String OUTPUT = "usd_per_million_output_tokens";
    private static final String CACHED = "usd_per_million_cached_input_tokens";
    private static final String AS_OF = "as_of";
    private static final String SOURCE = "source";
    private static final BigDecimal HIGHEST = new BigDecimal(1_000_000);
    private static final int MOST_DECIMALS = 12;
    private static final long MOST_BYTES = 8L * 1024 * 1024;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES) // 2.50 is shown as it was written
            .build();

    private final Map<String, Price> prices;
    private final @Nullable LocalDate asOf;
    private final @Nullable String source;

    private PriceTable(Map<String, Price> prices, @Nullable LocalDate asOf, @Nullable String source) {
        this.prices = prices;
        this.asOf = asOf;
        this.source = source;
    }

    /**
     * {@return the list prices that came with this release, see {@link #asOf()} and {@link #source()}: of the standard
     * tier, without discounts for batches} Prices change; a table of one's own is read with {@link #read}.
     */
    public static PriceTable shipped() {
        return Shipped.TABLE;
    }

    /**
     * Reads a table from a file.
     *
     * @throws ConfigurationException if it cannot be read, is no such table, or has a price that is none; it names the
     *     file, the model, the field, what was found and what is valid
     */
    public static PriceTable read(Path file) {
        String name = "price table " + file;
        try {
            long size = Files.size(file);
            if (size > MOST_BYTES) {
                throw new ConfigurationException(
                        name + " has " + size + " bytes; valid is up to " + MOST_BYTES + " bytes");
            }
            try (InputStream in = Files.newInputStream(file)) {
                return read(name, in);
            }
        } catch (IOException e) {
            throw new ConfigurationException(name + " cannot be read: " + e, e);
        }
    }

    /** {@return what this model costs; empty if the table does not know} */
    public Optional<Price> price(String model) {
        return Optional.ofNullable(prices.get(model));
    }

    /** {@return the models that have a price, in the order of the file} */
    public Set<String> models() {
        return prices.keySet();
    }

    /** {@return the day on which these prices were so, if the table says} */
    public Optional<LocalDate> asOf() {
        return Optional.ofNullable(asOf);
    }

    /** {@return where the prices come from, if the table says} */
    public Optional<String> source() {
        return Optional.ofNullable(source);
    }

    /** {@return this table, with that price for that model} */
    public PriceTable with(String model, Price price) {
        Map<String, Price> more = new LinkedHashMap<>(prices);
        more.put(Objects.requireNonNull(model, "model"), Objects.requireNonNull(price, "price"));
        return new PriceTable(Collections.unmodifiableMap(more), asOf, source);
    }

    @Override
    public String toString() {
        return "PriceTable[" + prices.size() + " models, as of " + (asOf == null ? "an unknown day" : asOf) + "]";
    }

    private static PriceTable read(String name, InputStream in) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(in);
        } catch (JsonProcessingException e) {
            throw new ConfigurationException(name + " is not valid JSON: " + e.getMessage(), e);
        }
        if (!root.isObject()) {
            throw new ConfigurationException(
                    name + " is " + kind(root) + "; valid is an object with one object a model");
        }
        Map<String, Price> prices = new LinkedHashMap<>();
        LocalDate asOf = null;
        String source = null;
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            String key = entry.getKey();
            JsonNode value = entry.getValue();
            if (key.equals(AS_OF) && value.isTextual()) {
                asOf = date(name, value.asText());
            } else if (key.equals(SOURCE) && value.isTextual()) {
                source = value.asText();
            } else if (key.isBlank() || !value.isObject()) {
                throw new ConfigurationException(name + ": entry '" + shortened(key) + "' is " + kind(value)
                        + "; valid is a model's name with an object of " + INPUT + " and " + OUTPUT);
            } else {
                prices.put(key, price(name, key, value));
            }
        }
        return new PriceTable(Collections.unmodifiableMap(prices), asOf, source);
    }

    private static Price price(String name, String model, JsonNode entry) {
        BigDecimal input = amount(name, model, entry, INPUT);
        BigDecimal output = amount(name, model, entry, OUTPUT);
        if (!entry.has(CACHED)) {
            return new Price(input, output);
        }
        BigDecimal cached = amount(name, model, entry, CACHED);
        if (cached.compareTo(input) > 0) {
            throw new ConfigurationException(name + ": " + CACHED + " of model '" + shortened(model) + "' is " + cached
                    + "; valid is 0 to " + input + ", its " + INPUT);
        }
        return new Price(input, output, cached);
    }

    private static BigDecimal amount(String name, String model, JsonNode entry, String field) {
        JsonNode value = entry.path(field);
        String where = name + ": " + field + " of model '" + shortened(model) + "' is ";
        if (!value.isNumber()) {
            throw new ConfigurationException(where + kind(value) + "; valid is a number, 0 to " + HIGHEST);
        }
        BigDecimal amount = value.decimalValue();
        if (amount.signum() < 0 || amount.compareTo(HIGHEST) > 0 || amount.scale() > MOST_DECIMALS) {
            throw new ConfigurationException(where + shortened(amount.toString()) + "; valid is 0 to " + HIGHEST
                    + " with up to " + MOST_DECIMALS + " decimals");
        }
        return amount;
    }

    private static LocalDate date(String name, String text) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeException e) {
            throw new ConfigurationException(
                    name + ": " + AS_OF + " is '" + shortened(text) + "'; valid is a date such as 2025-08-31", e);
        }
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case MISSING -> "missing";
            case NULL -> "null";
            case STRING -> "the text '" + shortened(node.asText()) + "'";
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            default -> shortened(node.toString());
        };
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }

    /** Read once, when it is first asked for. */
    private static final class Shipped {
        static final PriceTable TABLE = load();

        private static PriceTable load() {
            try (InputStream in = PriceTable.class.getResourceAsStream("prices.json")) {
                return read("shipped price table", Objects.requireNonNull(in, "prices.json"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
