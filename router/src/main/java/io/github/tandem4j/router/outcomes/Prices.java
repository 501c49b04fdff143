package io.github.tandem4j.router.outcomes;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Price;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads a file of prices: {@code {MODEL: {"usd_per_million_input_tokens": 0.2, "usd_per_million_output_tokens": 0.6}}}, in
 * JSON of at most 4 MiB.
 */
public final class Prices {

    private static final int MOST_BYTES = 4 << 20;
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(16)
                            .maxNumberLength(100)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private Prices() {}

    /**
     * {@return the price of each model, in the order of the file}
     *
     * @throws ConfigurationException if the file cannot be read or is no file of prices; the message names the model
     */
    public static Map<String, Price> read(Path file) {
        JsonNode root;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new ConfigurationException(
                        file + " has more than " + MOST_BYTES + " bytes; valid is a file of prices");
            }
            root = JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw new ConfigurationException(file + " is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ConfigurationException(file + " cannot be read: " + e, e);
        }
        if (root == null || !root.isObject()) {
            throw new ConfigurationException(file + " is no JSON object; valid is one of models with a price each");
        }
        Map<String, Price> prices = new LinkedHashMap<>();
        root.properties().forEach(entry -> {
            String where = file + ", price of " + entry.getKey();
            JsonNode input = entry.getValue().path("usd_per_million_input_tokens");
            JsonNode output = entry.getValue().path("usd_per_million_output_tokens");
            if (!input.isNumber() || !output.isNumber()) {
                throw new ConfigurationException(where + " lacks usd_per_million_input_tokens or"
                        + " usd_per_million_output_tokens; valid are two numbers");
            }
            try {
                prices.put(entry.getKey(), new Price(input.decimalValue(), output.decimalValue()));
            } catch (IllegalArgumentException e) {
                throw new ConfigurationException(where + ": " + e.getMessage(), e);
            }
        });
        return Collections.unmodifiableMap(prices);
    }
}
