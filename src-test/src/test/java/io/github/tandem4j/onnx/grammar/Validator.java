package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import java.util.List;

/** What networknt's validator says of a text by a schema. */
public final class Validator {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private static final JsonSchemaFactory FACTORY = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
    private static final SchemaValidatorsConfig CONFIG = SchemaValidatorsConfig.builder()
            .formatAssertionsEnabled(true)
            .nullableKeywordEnabled(true)
            .build();

    private Validator() {}

    /** {@return what is wrong with a text} */
    public static List<String> flaws(String schema, String text) {
        try {
            JsonSchema read = FACTORY.getSchema(JSON.readTree(schema), CONFIG);
            return read.validate(JSON.readTree(text)).stream()
                    .map(Object::toString)
                    .toList();
        } catch (JsonProcessingException e) {
            return List.of(text + " is no JSON: " + e.getOriginalMessage());
        }
    }
}
