package io.github.tandem4j.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.Usd;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Lengths learned from answers, prompts counted by the endpoint, and the price of one's own machine. */
final class CompletionLengthsTest {

    private final ModelEndpoint model = ScriptedEndpoint.saying("model", "hi");

    @Test
    void learnsLengthsByPromptFromTheAnswersOfModelsAlone() {
        ScriptedEndpoint terse = ScriptedEndpoint.named("terse")
                .says(ScriptedAnswer.of("hi").using(100, 5))
                .build();
        CompletionLengths lengths = CompletionLengths.startingAt(256);
        ModelEndpoint routing = Routing.among(terse)
                .by((request, candidates) -> Choice.of(terse, "the only one"))
                .build();
        for (int i = 0; i < 200; i++) {
            routing.answer(Request.of("Hello").listener(lengths));
        }
        assertThat(lengths.tokens(terse, 100)).isCloseTo(5, within(1.0));
        assertThat(lengths.tokens(terse, 9_000)).as("as the model's others").isCloseTo(5, within(12.0));
        assertThat(lengths.tokens(routing, 100)).as("a strategy is not learned").isEqualTo(256);
        assertThat(lengths.quantile("terse", 0.5)).isEqualTo(7);
    }

    @Test
    void aLinearHistoryIsPredictedBetterThanByItsMean() {
        SplittableRandom random = new SplittableRandom(3);
        CompletionLengths lengths = CompletionLengths.startingAt(256);
        double error = 0;
        double errorOfMean = 0;
        double sum = 0;
        for (int i = 0; i < 4_000; i++) {
            long prompt = 1L + random.nextInt(2_000);
            long completion = Math.round(prompt * (0.2 + 0.1 * random.nextDouble()));
            if (i >= 2_000) {
                error += Math.abs(completion - lengths.tokens(model, prompt));
                errorOfMean += Math.abs(completion - sum / i);
            }
            sum += completion;
            lengths.learn("model", prompt, completion);
        }
        assertThat(error).isLessThan(0.6 * errorOfMean);
    }

    @Test
    void followsAModelThatChangesItsHabits() {
        CompletionLengths lengths = CompletionLengths.startingAt(10);
        for (int i = 0; i < 5_000; i++) {
            lengths.learn("model", 50, 100);
        }
        for (int i = 0; i < 3_000; i++) {
            lengths.learn("model", 50, 400);
        }
        assertThat(lengths.tokens(model, 50)).isCloseTo(400, within(15.0));
        assertThat(lengths.quantile("model", 0.9)).isEqualTo(511);
        lengths.learn("model", Long.MAX_VALUE, Long.MAX_VALUE);
        lengths.learn("model", 0, 0);
        assertThatIllegalArgumentException().isThrownBy(() -> lengths.learn("model", -1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> lengths.quantile("model", Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> CompletionLengths.startingAt(-1));
    }

    @Test
    void theExpectedCostReadsTheLengthsAndTheEndpointsOwnCountOfThePrompt() {
        Price price = Price.perMillionTokens("10", "30");
        ScriptedEndpoint counting = ScriptedEndpoint.named("counting")
                .profile(ModelProfile.remote().price(price).build())
                .countsPromptsAs(TokenCount.exactly(77))
                .says("hi")
                .build();
        CompletionLengths lengths = CompletionLengths.startingAt(40);
        Request request = Request.of("Hello");
        assertThat(counting.evidence(EvidenceKey.PROMPT_TOKENS, request)).contains(TokenCount.exactly(77));
        assertThat(new ExpectedCost(lengths).of(request, counting)).contains(price.of(77, 40));
    }

    @Test
    void anHourOfTheMachineIsSpreadOverWhatItComputes() {
        Price price = ComputePrice.of(Usd.of("0.36"), 1_000, 10);
        // 0.36 dollars an hour are 0.0001 a second: a million tokens take 1,000 seconds to read and 100,000 to write.
        assertThat(price.perMillionInputTokens()).isEqualByComparingTo("0.1");
        assertThat(price.perMillionOutputTokens()).isEqualByComparingTo("10");
        assertThat(ComputePrice.of(Usd.ZERO, 1, 1).isFree()).isTrue();
        assertThatIllegalArgumentException().isThrownBy(() -> ComputePrice.of(Usd.of("1"), 0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> ComputePrice.of(Usd.of("1"), 1, Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> ComputePrice.of(Usd.of("-1"), 1, 1));
    }
}
