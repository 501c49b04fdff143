package io.github.tandem4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class VocabularyTest {

    @Test
    void amountsAreExactAndRoundedAwayFromZero() {
        assertThat(Usd.of("0.1").plus(Usd.of("0.2"))).isEqualTo(Usd.of("0.3"));
        assertThat(Usd.of("0.0000000001")).isEqualTo(new Usd(1));
        assertThat(Usd.of("-0.0000000001")).isEqualTo(new Usd(-1));
        assertThat(Usd.of("0.00015")).hasToString("$0.000150");
        assertThat(Usd.of("-12.5")).hasToString("-$12.500000");
        assertThat(new Usd(1)).hasToString("$0.000000001");
        assertThat(new Usd(Long.MIN_VALUE).toString()).startsWith("-$9223372036");
        assertThatIllegalArgumentException().isThrownBy(() -> Usd.of("two")).withMessageContaining("'two'");
        assertThat(Price.perMillionTokens("0.15", "0.60").of(1, 1)).isEqualTo(new Usd(750));
        assertThat(Price.perMillionTokens("0.0001", "0").of(1, 0)).isEqualTo(new Usd(1));
    }

    @Test
    void confidencesSayWhatTheyAre() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Confidence.probability(1.01, "p"))
                .withMessageContaining("p is 1.01");
        assertThatIllegalArgumentException().isThrownBy(() -> Confidence.rawScore(Double.NaN, "s"));
        assertThatIllegalArgumentException().isThrownBy(() -> Confidence.rawScore(Double.POSITIVE_INFINITY, "s"));
        assertThat(Confidence.unknown("no scores").isAtLeast(Double.NEGATIVE_INFINITY))
                .isFalse();
        assertThat(Confidence.unknown("no scores")).hasToString("unknown (no scores)");
        assertThat(Confidence.probability(0.5, "p").isAtLeast(0.5)).isTrue();
    }

    @Test
    void tokenScoresHaveTheirMomentsAndQuantiles() {
        TokenScores scores = TokenScores.of(new float[] {-1, -2, -3, -4});
        assertThat(scores.meanLogProbability()).isEqualTo(-2.5);
        assertThat(scores.minimumLogProbability()).isEqualTo(-4);
        assertThat(scores.quantileLogProbability(0.5)).isCloseTo(-2.5, within(1e-9));
        assertThat(scores.quantileLogProbability(1)).isEqualTo(-1);
        assertThat(scores.meanEntropy()).isNaN();
        assertThat(TokenScores.of(new float[0]).meanLogProbability()).isNaN();
        assertThat(TokenScores.of(new float[] {0.001f}).logProbability(0))
                .as("a provider's rounding")
                .isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TokenScores.of(new float[] {Float.NaN}))
                .withMessageContaining("token 0 is NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TokenScores.of(new float[1], new float[2], new float[1]))
                .withMessageContaining("different lengths");
        assertThatIllegalArgumentException().isThrownBy(() -> scores.quantileLogProbability(1.1));
        float[] mine = {-1};
        TokenScores copied = TokenScores.of(mine);
        mine[0] = -9;
        copied.logProbabilities()[0] = -9;
        assertThat(copied.logProbability(0)).isEqualTo(-1);
    }

    @Test
    void limitsOnlyTighten() {
        Request request = Request.of("hi")
                .label(PrivacyLabel.LOCAL_ONLY)
                .label(PrivacyLabel.OPEN)
                .deadline(Instant.EPOCH)
                .deadline(Instant.MAX);
        assertThat(request.context().label()).isEqualTo(PrivacyLabel.LOCAL_ONLY);
        assertThat(request.context().deadline()).contains(Instant.EPOCH);
        assertThat(Request.of("hi")
                        .deadline(Duration.ofSeconds(Long.MAX_VALUE))
                        .context()
                        .deadline())
                .contains(Instant.MAX);
        assertThat(Request.of("hi")
                        .deadline(Duration.ofSeconds(Long.MIN_VALUE))
                        .context()
                        .deadline())
                .contains(Instant.MIN);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Request.of("hi").tenant("a").tenant("b"))
                .withMessageContaining("tenant")
                .withMessageContaining("'a'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Request.of("hi").session("1").session("2"));
        assertThat(Request.of("hi").session("1").session("1").context().session())
                .contains("1");
    }

    @Test
    @SuppressWarnings("NullAway") // nulls are the point
    void namesNulls() {
        assertThatNullPointerException()
                .isThrownBy(() -> Request.of((String) null))
                .withMessage("prompt");
        assertThatNullPointerException()
                .isThrownBy(() -> Request.of("hi").deadline((Duration) null))
                .withMessage("deadline");
        assertThatNullPointerException()
                .isThrownBy(() -> Request.of("hi").within(null))
                .withMessage("budget");
        assertThatNullPointerException()
                .isThrownBy(() -> Cancellation.create().onCancel(null))
                .withMessage("action");
    }

    @Test
    void countsTokensByBytesWhereThereIsNoTokenizer() {
        assertThat(TokenCount.estimate("")).isEqualTo(TokenCount.exactly(0));
        assertThat(TokenCount.estimate("abcde")).isEqualTo(new TokenCount(2, 5));
        assertThat(TokenCount.estimate("é€😀").atMost()).isEqualTo(2 + 3 + 4);
        assertThatIllegalArgumentException().isThrownBy(() -> new TokenCount(5, 4));
        assertThatIllegalArgumentException().isThrownBy(() -> TokenCount.exactly(-1));
    }

    @Test
    void costsAddUpByEndpoint() {
        Cost a = new Cost(List.of(new EndpointCost("m", 1, 0, Usd.of("0.1"), 10, 5, Duration.ofMillis(200))));
        Cost b = new Cost(List.of(new EndpointCost("n", 1, 1, Usd.ZERO, 1, 1, Duration.ofMillis(100))));
        Cost sum = a.plus(b).plus(a);
        assertThat(sum.byEndpoint()).hasSize(2);
        assertThat(sum.calls()).isEqualTo(3);
        assertThat(sum).hasToString("$0.200000 and 1 call without a price, 32 tokens, 0.5 s");
        assertThat(Cost.sum(List.of())).isEqualTo(Cost.NONE);
    }

    @Test
    void evidenceIsFoundByItsOwnKeyAlone() {
        EvidenceKey<String> key = EvidenceKey.of("mood", String.class);
        EvidenceKey<String> twin = EvidenceKey.of("mood", String.class);
        Evidence evidence = Evidence.of(key, "good").with(key, "better");
        assertThat(evidence.get(key)).contains("better");
        assertThat(evidence.get(twin)).isEmpty();
        assertThat(ScriptedEndpoint.saying("m", "x").evidence(key, Request.of("hi")))
                .isEmpty();
    }

    @Test
    void profilesSayWhatIsKnown() {
        assertThat(ModelProfile.local().build().price()).contains(Price.FREE);
        assertThat(ModelProfile.remote().build().price()).isEmpty();
        assertThat(ModelProfile.remote()
                        .can(ModelCapability.TOOLS, ModelCapability.TOOLS)
                        .build()
                        .capabilities())
                .containsExactly(ModelCapability.TOOLS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelProfile.local().contextWindow(0))
                .withMessageContaining("context window is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelProfile.local().maxOutputTokens(-1))
                .withMessageContaining("longest completion is -1");
    }
}
