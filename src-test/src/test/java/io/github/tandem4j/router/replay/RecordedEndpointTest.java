package io.github.tandem4j.router.replay;

import static io.github.tandem4j.router.replay.RecordedEndpoint.recordedConfidence;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Price;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordedEndpointTest {

    private static final RecordedQuery MOON = RecordedQuery.of("moon", "When did Apollo 11 land?")
            .outcome(
                    "small",
                    RecordedOutcome.scored(0)
                            .response("1968")
                            .confidence(-0.7)
                            .cost(Usd.of("0.000000123"))
                            .tokens(9, 3)
                            .latency(Duration.ofMillis(120)))
            .outcome(
                    "large",
                    RecordedOutcome.scored(1).response("1969").tokens(9, 4).latency(Duration.ofMillis(800)));
    private static final RecordedQuery SEA =
            RecordedQuery.of("sea", "How deep is the sea?").outcome("small", RecordedOutcome.scored(1));
    private static final RecordedOutcomes DATA = RecordedOutcomes.of(List.of(MOON, SEA));

    private final RecordedEndpoint small = RecordedEndpoint.of("small", DATA);
    private final RecordedEndpoint large =
            RecordedEndpoint.of("large", DATA).priced(Price.perMillionTokens("10", "30"));

    @Test
    void answersWithWhatWasRecorded() {
        Reply reply = small.answer(MOON.request());

        assertThat(reply.text()).isEqualTo("1968");
        assertThat(reply.author()).isEqualTo("small");
        assertThat(reply.cost().usd()).isEqualTo(Usd.of("0.000000123"));
        assertThat(reply.cost().unpricedCalls()).isZero();
        assertThat(reply.cost().inputTokens()).isEqualTo(9);
        assertThat(reply.cost().outputTokens()).isEqualTo(3);
        assertThat(reply.cost().time()).isEqualTo(Duration.ofMillis(120));
        assertThat(reply.trace().duration()).isEqualTo(Duration.ofMillis(120));
        assertThat(reply.evidence().get(RecordedEndpoint.CONFIDENCE)).contains(-0.7);
    }

    @Test
    void pricesRecordedTokensWhereNoCostWasRecorded() {
        assertThat(large.answer(MOON.request()).cost().usd()).isEqualTo(Usd.of("0.00021"));
    }

    @Test
    void doesNotPriceWhatNobodyCounted() {
        Reply reply = small.priced(Price.perMillionTokens("1", "1")).answer(SEA.request());

        assertThat(reply.cost().unpricedCalls()).isEqualTo(1);
        assertThat(reply.cost().outputTokens()).isZero();
        assertThat(reply.text()).contains("small", "not recorded");
        assertThat(recordedConfidence().measure(SEA.request(), reply).isKnown()).isFalse();
    }

    @Test
    void findsAQueryByItsWordsAlone() {
        assertThat(small.answer("When did Apollo 11 land?").text()).isEqualTo("1968");
        assertThat(small.refusal(Request.of("When did Apollo 12 land?")).orElseThrow())
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("none of the recorded queries");
        Request instructed = MOON.request()
                .chat(ChatRequest.builder()
                        .messages(SystemMessage.from("Be brief."), UserMessage.from(MOON.prompt()))
                        .build());
        assertThat(small.refusal(instructed)).isPresent();
    }

    @Test
    void refusesTheSameWordsWithDifferentOutcomes() {
        RecordedQuery again = RecordedQuery.of("moon-2", MOON.prompt()).outcome("small", RecordedOutcome.scored(1));
        RecordedEndpoint endpoint = RecordedEndpoint.of("small", RecordedOutcomes.of(List.of(MOON, again)));

        assertThatThrownBy(() -> endpoint.answer(MOON.prompt()))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("moon-2");
        assertThat(endpoint.answer(MOON.request()).text()).isEqualTo("1968");
    }

    @Test
    void refusesAGapAndInventsNothing() {
        assertThat(large.refusal(SEA.request()).orElseThrow()).hasMessageContaining("sea");
        assertThatThrownBy(() -> large.answer(SEA.request()))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("was not recorded");
        assertThatThrownBy(() -> RecordedEndpoint.of("medium", DATA))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("[small, large]");
    }

    @Test
    void aCascadeOfProductionDefersByRecordedConfidenceAndPaysForBoth() {
        ModelEndpoint cascade = Cascade.startingWith(small)
                .keepWhen(recordedConfidence().atLeast(-0.5))
                .deferTo(large)
                .build();

        Reply reply = cascade.answer(MOON.request());

        assertThat(reply.author()).isEqualTo("large");
        assertThat(reply.cost().time()).isEqualTo(Duration.ofMillis(920));
        assertThat(reply.cost().usd()).isEqualTo(Usd.of("0.000210123"));
    }

    @Test
    void allModelsHaveTheirPrices() {
        List<RecordedEndpoint> all = RecordedEndpoint.all(DATA, Map.of("large", Price.perMillionTokens("10", "30")));

        assertThat(all).extracting(RecordedEndpoint::model).containsExactly("small", "large");
        assertThat(all.get(0).profile().price()).isEmpty();
        assertThat(all.get(1).profile().price()).contains(Price.perMillionTokens("10", "30"));
    }
}
