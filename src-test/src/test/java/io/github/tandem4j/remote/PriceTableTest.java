package io.github.tandem4j.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Price;
import io.github.tandem4j.Usd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceTableTest {

    @TempDir
    Path directory;

    private PriceTable read(String json) throws IOException {
        return PriceTable.read(Files.writeString(directory.resolve("mine.json"), json));
    }

    @Test
    void theShippedTableSaysWhenAndWhence() {
        PriceTable table = PriceTable.shipped();

        assertThat(table.asOf()).contains(LocalDate.of(2025, 8, 31));
        assertThat(table.source().orElseThrow()).contains("openai.com").contains("anthropic.com");
        assertThat(table.price("gpt-4o-mini")).contains(Price.perMillionTokens("0.15", "0.60", "0.075"));
        assertThat(table.models())
                .allSatisfy(model ->
                        assertThat(table.price(model).orElseThrow().isFree()).isFalse());
        assertThat(table).hasToString("PriceTable[" + table.models().size() + " models, as of 2025-08-31]");
    }

    @Test
    void aModelThatIsNotListedHasNoPrice() {
        assertThat(PriceTable.shipped().price("gpt-4o-")).isEmpty();
        assertThat(PriceTable.shipped().price("GPT-4O")).isEmpty();
        assertThat(PriceTable.shipped().price("")).isEmpty();
    }

    @Test
    void readsExactDecimalsAndIgnoresFurtherFields() throws IOException {
        PriceTable table = read("{\"m\":{\"usd_per_million_input_tokens\":0.1,"
                + "\"usd_per_million_output_tokens\":3e-1,\"usd_per_million_cached_tokens\":0.05}}");

        assertThat(table.price("m").orElseThrow().of(1_000_000, 1_000_000)).isEqualTo(Usd.of("0.4"));
        assertThat(table.asOf()).isEmpty();
        assertThat(table.source()).isEmpty();
    }

    @Test
    void readsWhatCachedTokensCostAndTakesNothingForGranted() throws IOException {
        PriceTable table = read("{\"m\":{\"usd_per_million_input_tokens\":2,\"usd_per_million_output_tokens\":8,"
                + "\"usd_per_million_cached_input_tokens\":0.5},"
                + "\"n\":{\"usd_per_million_input_tokens\":2,\"usd_per_million_output_tokens\":8}}");

        assertThat(table.price("m")).contains(Price.perMillionTokens("2", "8", "0.5"));
        assertThat(table.price("n")).contains(Price.perMillionTokens("2", "8", "2"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2.5 | is 2.5; valid is 0 to 2, its usd_per_million_input_tokens",
                "-1 | is -1; valid is 0 to 1000000",
                "null | is null; valid is a number",
            })
    void refusesAPriceOfCachedTokensThatIsNone(String value, String message) {
        assertThatThrownBy(() -> read("{\"m\":{\"usd_per_million_input_tokens\":2,\"usd_per_million_output_tokens\":8,"
                        + "\"usd_per_million_cached_input_tokens\":" + value + "}}"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("usd_per_million_cached_input_tokens of model 'm' " + message);
    }

    @Test
    void addsAPriceWithoutChangingTheTable() {
        PriceTable shipped = PriceTable.shipped();
        PriceTable more = shipped.with("own", Price.FREE);

        assertThat(more.price("own")).contains(Price.FREE);
        assertThat(more.price("gpt-4o")).isEqualTo(shipped.price("gpt-4o"));
        assertThat(shipped.price("own")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-1 | is -1; valid is 0 to 1000000",
                "1e7 | is 1E+7; valid is 0 to 1000000",
                "1e999999999 | valid is 0 to 1000000",
                "1e-999999999 | valid is 0 to 1000000 with up to 12 decimals",
                "\"2.50\" | is the text '2.50'; valid is a number",
                "null | is null; valid is a number",
                "true | is true; valid is a number",
                "[1] | is a list; valid is a number",
            })
    void refusesAPriceThatIsNone(String value, String message) {
        assertThatThrownBy(() -> read("{\"gpt-x\":{\"usd_per_million_input_tokens\":" + value
                        + ",\"usd_per_million_output_tokens\":1}}"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("mine.json")
                .hasMessageContaining("usd_per_million_input_tokens of model 'gpt-x'")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"m\":{\"usd_per_million_input_tokens\":1}} | usd_per_million_output_tokens of model 'm' is missing",
                "{\"m\":{\"usd_per_million_input_tokens\":NaN}} | is not valid JSON",
                "{\"m\":{},\"m\":{}} | Duplicate field 'm'",
                "{\"m\":3} | entry 'm' is 3",
                "{\"\":{}} | entry '' is an object",
                "{\"as_of\":\"yesterday\"} | as_of is 'yesterday'; valid is a date",
                "[] | is a list; valid is an object",
                "{} {} | is not valid JSON",
                "{\"m\": | is not valid JSON",
            })
    void refusesAFileThatIsNoTable(String json, String message) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("mine.json")
                .hasMessageContaining(message);
    }

    @Test
    void refusesAFileThatIsMissingEmptyOrHuge() throws IOException {
        assertThatThrownBy(() -> PriceTable.read(directory.resolve("none.json")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("none.json cannot be read");
        assertThatThrownBy(() -> read("")).isInstanceOf(ConfigurationException.class);
        Path huge = directory.resolve("huge.json");
        Files.write(huge, new byte[9 * 1024 * 1024]);
        assertThatThrownBy(() -> PriceTable.read(huge))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("huge.json has 9437184 bytes");
    }

    @Test
    void readsThePricesOfTheRecordedOutcomes() {
        Path recorded = Path.of("../../shared/data/outcomes/prices.json");
        if (!Files.exists(recorded)) {
            System.out.println("skipped: recorded outcomes are not beside this checkout, at " + recorded);
        }
        assumeThat(recorded).exists();

        PriceTable table = PriceTable.read(recorded);

        assertThat(table.models()).isNotEmpty();
        assertThat(table.models())
                .allSatisfy(model -> assertThat(table.price(model)).isPresent());
    }
}
