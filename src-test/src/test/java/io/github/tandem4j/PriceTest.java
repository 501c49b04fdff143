package io.github.tandem4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What tokens cost, from a provider's cache and otherwise. */
class PriceTest {

    @Test
    void cachedTokensCostAsMuchAsOthersIfNothingElseIsSaid() {
        Price price = Price.perMillionTokens("2.50", "10.00");

        assertThat(price.perMillionCachedInputTokens()).isEqualTo("2.50");
        assertThat(price).isEqualTo(new Price(new BigDecimal("2.50"), new BigDecimal("10.00")));
        assertThat(price.of(1_000, 10, 800)).isEqualTo(price.of(1_000, 10));
        assertThat(price).hasToString("$2.50 in, $10.00 out per million tokens");
    }

    @Test
    void cachedTokensCostTheirOwnPrice() {
        Price price = Price.perMillionTokens("2.50", "10.00", "0.25");

        assertThat(price.of(1_000_000, 0, 1_000_000)).isEqualTo(Usd.of("0.25"));
        assertThat(price.of(1_000_000, 0, 400_000)).isEqualTo(Usd.of("1.60"));
        assertThat(price).hasToString("$2.50 in ($0.25 cached), $10.00 out per million tokens");
    }

    @Property
    void aCacheNeverMakesACallDearer(
            @ForAll @IntRange(max = 1_000_000) int input,
            @ForAll @IntRange(max = 1_000_000) int output,
            @ForAll @IntRange(max = 100) int percentCached) {
        Price price = Price.perMillionTokens("3.00", "15.00", "0.30");
        long cached = (long) input * percentCached / 100;

        assertThat(price.of(input, output, cached)).isLessThanOrEqualTo(price.of(input, output));
    }

    @Test
    void refusesCachedTokensThatAreDearerThanOthersOrNegative() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Price.perMillionTokens("2.50", "10.00", "2.51"))
                .withMessageContaining("cached input tokens is 2.51; valid is zero to 2.50");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Price.perMillionTokens("2.50", "10.00", "-0.01"))
                .withMessageContaining("cached input");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Price.perMillionTokens("2.50", "10.00", "half"))
                .withMessageContaining("'half'");
    }

    @Test
    void refusesMoreCachedTokensThanThePromptHas() {
        Price price = Price.perMillionTokens("2.50", "10.00", "0.25");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> price.of(10, 1, 11))
                .withMessageContaining("cached input tokens are 11; valid is zero to the prompt's 10");
        assertThatIllegalArgumentException().isThrownBy(() -> price.of(10, 1, -1));
    }
}
