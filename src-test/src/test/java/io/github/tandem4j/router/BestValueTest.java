package io.github.tandem4j.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.Usd;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Quality less cost, and what is done where either is not known. */
final class BestValueTest {

    private static final Request REQUEST = Request.of("Which is best?");

    private final ScriptedEndpoint free = ScriptedEndpoint.saying("free", "from free");
    private final ScriptedEndpoint dear = ScriptedEndpoint.named("dear")
            .profile(ModelProfile.remote()
                    .price(Price.perMillionTokens("1000", "1000"))
                    .build())
            .says("from dear")
            .build();
    private final ScriptedEndpoint unpriced = ScriptedEndpoint.named("unpriced")
            .profile(ModelProfile.remote().build())
            .says("from unpriced")
            .build();

    @Test
    void paysForQualityWhatItIsWorthAndNoMore() {
        QualityEstimator quality = qualities(Map.of("free", 0.5, "dear", 0.9));
        // dear costs about a quarter of a dollar for .4 of quality
        assertThat(choose(quality, "10", free, dear).endpoint()).containsSame(dear);
        assertThat(choose(quality, "0.10", free, dear).endpoint()).containsSame(free);
    }

    @Test
    void saysWhatItWeighed() {
        Choice choice = choose(qualities(Map.of("free", 0.5, "unpriced", 1.0)), "1", free, unpriced, dear);
        assertThat(choice.endpoint()).containsSame(free);
        assertThat(choice.why())
                .contains("quality 0.5", "$0.000000", "value 0.5")
                .contains("unpriced has no known price")
                .contains("quality of dear is unknown (never measured)");
        assertThat(choice.confidence().value()).isEqualTo(0.5);
    }

    @Test
    void refusesToCompareProbabilitiesWithRawScores() {
        QualityEstimator mixed = (request, endpoint) -> endpoint.id().equals("free")
                ? Confidence.probability(0.5, "quality")
                : Confidence.rawScore(12, "quality");
        assertThatThrownBy(() -> choose(mixed, "1", free, dear))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("free", "dear", "PROBABILITY", "RAW_SCORE");
    }

    @Test
    void asksNoQualityOfWhatHasNoPrice() {
        Choice choice = choose(
                (request, endpoint) -> {
                    throw new AssertionError("asked about " + endpoint.id());
                },
                "1",
                unpriced);
        assertThat(choice.endpoint()).isEmpty();
    }

    @Test
    void abstainsWhenNothingCanBeCompared() {
        Choice choice = choose(qualities(Map.of()), "1", free, unpriced);
        assertThat(choice.endpoint()).isEmpty();
        assertThat(choice.why()).startsWith("no candidate can be compared").contains("free", "unpriced");
        Reply reply = Routing.among(free, unpriced)
                .by(BestValue.by(qualities(Map.of())).payingForQuality(Usd.of("1")))
                .build()
                .answer(REQUEST);
        assertThat(reply.author()).as("the routing's place for abstentions").isEqualTo("unpriced");
    }

    @Test
    void ofEqualsTheFirstWins() {
        ScriptedEndpoint twin = ScriptedEndpoint.saying("twin", "from twin");
        QualityEstimator equal = (request, endpoint) -> Confidence.rawScore(-3, "quality");
        assertThat(choose(equal, "1", twin, free).endpoint()).containsSame(twin);
        assertThat(choose(equal, "1", free, twin).endpoint()).containsSame(free);
    }

    @Test
    void longerCompletionsMakeTheDearOneDearer() {
        QualityEstimator quality = qualities(Map.of("free", 0.5, "dear", 0.9));
        BestValue.Unpriced value = BestValue.by(quality);
        List<ModelEndpoint> both = List.of(free, dear);
        assertThat(value.expectingCompletionsOf(1)
                        .payingForQuality(Usd.of("1"))
                        .choose(REQUEST, both)
                        .endpoint())
                .containsSame(dear);
        assertThat(value.expectingCompletionsOf(4000)
                        .payingForQuality(Usd.of("1"))
                        .choose(REQUEST, both)
                        .endpoint())
                .containsSame(free);
    }

    @Test
    @SuppressWarnings("NullAway") // null is the point
    void refusesAQualityThatIsWorthNothing() {
        BestValue.Unpriced value = BestValue.by(qualities(Map.of()));
        for (String price : new String[] {"0", "-0.01"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> value.payingForQuality(Usd.of(price)))
                    .withMessageContaining(Usd.of(price).toString())
                    .withMessageContaining("more than zero");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> value.expectingCompletionsOf(-1))
                .withMessageContaining("-1 tokens");
        assertThatNullPointerException().isThrownBy(() -> BestValue.by(null)).withMessage("estimator");
    }

    @Test
    void theSmallestPriceOfQualityStillChooses() {
        assertThat(BestValue.by(qualities(Map.of("free", 0.1, "dear", 1.0)))
                        .payingForQuality(new Usd(1))
                        .choose(REQUEST, List.of(dear, free))
                        .endpoint())
                .containsSame(free);
    }

    @Test
    void expectsThePromptsTokensAndATypicalCompletionAtThePrice() {
        long prompt = TokenCount.estimate(REQUEST.chat()).tokens();
        Price price = Price.perMillionTokens("1000", "1000");
        assertThat(new ExpectedCost(100).of(REQUEST, dear)).contains(price.of(prompt, 100));
        assertThat(new ExpectedCost(0).of(REQUEST, dear)).contains(price.of(prompt, 0));
        assertThat(new ExpectedCost(100).of(REQUEST, free)).contains(Usd.ZERO);
        assertThat(new ExpectedCost(100).of(REQUEST, unpriced)).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ExpectedCost(-1))
                .withMessageContaining("-1 tokens; valid is 0 or more");
    }

    @Test
    void aRequestsOwnLimitCapsTheExpectedCompletion() {
        Price price = Price.perMillionTokens("1000", "1000");
        for (int limit : new int[] {7, 1000, -5}) {
            ChatRequest chat = ChatRequest.builder()
                    .messages(UserMessage.from("?"))
                    .maxOutputTokens(limit)
                    .build();
            int expected = Math.max(0, Math.min(limit, 100));
            assertThat(new ExpectedCost(100).of(Request.of(chat), dear))
                    .as("limit %d", limit)
                    .contains(price.of(TokenCount.estimate(chat).tokens(), expected));
        }
    }

    private static Choice choose(QualityEstimator quality, String price, ModelEndpoint... candidates) {
        return BestValue.by(quality).payingForQuality(Usd.of(price)).choose(REQUEST, List.of(candidates));
    }

    private static QualityEstimator qualities(Map<String, Double> known) {
        return (request, endpoint) -> known.containsKey(endpoint.id())
                ? Confidence.probability(known.getOrDefault(endpoint.id(), 0.0), "quality")
                : Confidence.unknown("never measured");
    }
}
