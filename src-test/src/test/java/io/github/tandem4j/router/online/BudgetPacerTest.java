package io.github.tandem4j.router.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Budget;
import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.BestValue;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A budget is held over traffic that rises, falls and changes, at no price that anybody set. */
final class BudgetPacerTest {

    private static final EvidenceKey<Double> GAIN = EvidenceKey.of("gain", Double.class);
    private static final Duration DAY = Duration.ofDays(1);
    private static final int CALLS = 4_000;

    private final Time time = new Time();
    private final ScriptedEndpoint small = endpoint("small", "0");
    private final ScriptedEndpoint medium = endpoint("medium", "0.20");
    private final ScriptedEndpoint large = endpoint("large", "2.00");
    private final List<ModelEndpoint> models = List.of(small, medium, large);
    private final QualityEstimator quality = (request, endpoint) -> {
        double gain = request.evidence().get(GAIN).orElseThrow();
        return Confidence.probability(
                endpoint == small ? 0.4 : endpoint == medium ? 0.4 + gain / 3 : 0.4 + gain / 2, "quality");
    };

    @Test
    void spendsTheDaysBudgetOverDiurnalTrafficWhereverItStarts() {
        for (String first : List.of("0.000001", "0.001", "100")) {
            Usd budget = Usd.of("0.10");
            BudgetPacer pacer = BudgetPacer.spending(budget)
                    .in(DAY)
                    .firstPrice(Usd.of(first))
                    .clock(time)
                    .start();
            for (int day = 0; day < 4; day++) {
                Day played = play(pacer, day, 1);
                assertThat(played.spent / budget.nanos())
                        .as("day %d from %s", day, first)
                        .isCloseTo(1, within(0.03));
            }
        }
    }

    @Test
    void holdsTheBudgetWhereAFixedPriceDrifts() {
        Usd budget = Usd.of("0.10");
        BudgetPacer pacer = BudgetPacer.spending(budget).in(DAY).clock(time).start();
        play(pacer, 0, 1);
        play(pacer, 1, 1);
        Usd tuned = pacer.priceOfQuality();
        Day fixed = play(null, tuned, 2, 1);
        Day paced = play(pacer, 3, 1);
        // On traffic that does not change, it buys as much as a price that was tuned to it.
        assertThat(paced.quality / paced.spent).isGreaterThan(0.97 * fixed.quality / fixed.spent);
        Day fixedLater = play(null, tuned, 4, 2);
        Day pacedLater = play(pacer, 5, 2);
        assertThat(fixedLater.spent / budget.nanos()).isGreaterThan(1.2);
        assertThat(pacedLater.spent / budget.nanos()).isCloseTo(1, within(0.04));
    }

    @Test
    void aHardBudgetBesideItIsNeverExceeded() {
        Budget hard = Budget.ofUsd("0.002");
        BudgetPacer pacer =
                BudgetPacer.spending(Usd.of("10")).in(DAY).clock(time).start();
        ModelEndpoint assistant = pacer.around(Routing.among(models)
                .by(BestValue.by(quality).payingForQuality(pacer::priceOfQuality))
                .build());
        int refused = 0;
        for (int i = 0; i < 50; i++) {
            try {
                assistant.answer(Request.of(ChatRequest.builder()
                                .messages(UserMessage.from("Hello"))
                                .maxOutputTokens(250)
                                .build())
                        .evidence(GAIN, 1.0)
                        .within(hard));
            } catch (BudgetExceededException e) {
                refused++;
            }
        }
        assertThat(hard.spent()).isLessThanOrEqualTo(Usd.of("0.002")).isGreaterThan(Usd.ZERO);
        assertThat(pacer.spent()).isEqualTo(hard.spent());
        assertThat(refused).as("the free one takes what is left").isZero();
    }

    @Test
    void countsWhatAFailedCallHasCost() {
        ScriptedEndpoint breaking = ScriptedEndpoint.named("breaking")
                .profile(profile("2.00"))
                .breaksAfter("some words", () -> new IllegalStateException("gone"))
                .build();
        BudgetPacer pacer =
                BudgetPacer.spending(Usd.of("1")).in(DAY).clock(time).start();
        List<String> heard = new ArrayList<>();
        assertThatThrownBy(() -> pacer.around(breaking).answer(Request.of("Hello"), heard::add));
        assertThat(pacer.spent()).isGreaterThan(Usd.ZERO);
    }

    @Test
    void whatIsLeftOrOverspentDoesNotCountInTheNextPeriod() {
        BudgetPacer pacer =
                BudgetPacer.spending(Usd.of("1")).in(DAY).clock(time).start();
        pacer.spent(Usd.of("0.7"));
        assertThat(pacer.spent()).isEqualTo(Usd.of("0.7"));
        time.now = time.now.plus(DAY.multipliedBy(3));
        assertThat(pacer.spent()).isEqualTo(Usd.ZERO);
    }

    @Test
    void howOftenThePriceIsAskedForChangesNothing() {
        BudgetPacer seldom =
                BudgetPacer.spending(Usd.of("1")).in(DAY).clock(time).start();
        BudgetPacer often =
                BudgetPacer.spending(Usd.of("1")).in(DAY).clock(time).start();
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 300; i++) {
            for (int look = 0; look < 20; look++) {
                time.now = time.now.plusSeconds(random.nextInt(200));
                often.priceOfQuality();
                assertThat(often.spent()).isNotNull();
            }
            assertThat(often.priceOfQuality()).isEqualTo(seldom.priceOfQuality());
            Usd cost = new Usd(random.nextInt(20_000_000));
            often.spent(cost);
            seldom.spent(cost);
        }
        assertThat(often.toString()).isEqualTo(seldom.toString());
    }

    @Test
    void aRestartChangesNeitherThePriceNorWhatWasSpent(@TempDir Path folder) throws Exception {
        BudgetPacer.Builder settings = BudgetPacer.spending(Usd.of("1")).in(DAY).clock(time);
        BudgetPacer pacer = settings.start();
        SplittableRandom random = new SplittableRandom(3);
        Path file = folder.resolve("pacer.json");
        for (int i = 0; i < 500; i++) {
            time.now = time.now.plusSeconds(random.nextInt(1_000));
            pacer.spent(new Usd(random.nextInt(5_000_000)));
        }
        pacer.write(file);
        BudgetPacer read = settings.read(file);
        for (int i = 0; i < 500; i++) {
            time.now = time.now.plusSeconds(random.nextInt(1_000));
            Usd cost = new Usd(random.nextInt(5_000_000));
            pacer.spent(cost);
            read.spent(cost);
            assertThat(read.priceOfQuality()).isEqualTo(pacer.priceOfQuality());
        }
        assertThat(read.spent()).isEqualTo(pacer.spent());
        assertThatThrownBy(() ->
                        BudgetPacer.spending(Usd.of("2")).in(DAY).clock(time).read(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContainingAll("pacer.json", "budget_nanos", "2000000000");
        String text = Files.readString(file);
        for (String[] change : new String[][] {
            {"\"version\":1", "\"version\":2"},
            {"\"part\":0", "\"part\":7"},
            {"\"log_price\":", "\"log_price\":1e9,\"was\":"},
            {"\"spent_nanos\":", "\"spent_nanos\":-"},
            {"\"shares\":\"", "\"shares\":\"AAAAAAAA"},
            {"}", ""}
        }) {
            assertThat(text).contains(change[0]);
            Files.writeString(file, text.replace(change[0], change[1]));
            assertThatThrownBy(() -> settings.read(file))
                    .as(change[1])
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("pacer.json");
        }
    }

    @Test
    void refusesWhatCannotBeHeld() {
        assertThatIllegalArgumentException().isThrownBy(() -> BudgetPacer.spending(Usd.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BudgetPacer.spending(Usd.of("1")).in(Duration.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BudgetPacer.spending(Usd.of("1")).firstPrice(Usd.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BudgetPacer.spending(Usd.of("1")).start().spent(Usd.of("-1")));
    }

    private record Day(double spent, double quality) {}

    private Day play(BudgetPacer pacer, int day, double stakes) {
        return play(pacer, Usd.of("1"), day, stakes);
    }

    /** A day of calls, most of them around noon; gains grow with the stakes. The seed is the day's number. */
    private Day play(@Nullable BudgetPacer pacer, Usd fixed, int day, double stakes) {
        BestValue router = pacer == null
                ? BestValue.by(quality).payingForQuality(fixed)
                : BestValue.by(quality).payingForQuality(pacer::priceOfQuality);
        SplittableRandom random = new SplittableRandom(day);
        double[] at = new double[CALLS];
        for (int i = 0; i < CALLS; i++) {
            at[i] = random.nextInt(5) == 0
                    ? random.nextDouble()
                    : Math.min(0.999, Math.max(0, 0.5 + 0.12 * random.nextGaussian()));
        }
        Arrays.sort(at);
        Instant midnight = time.now;
        double spent = 0;
        double bought = 0;
        for (double part : at) {
            time.now = midnight.plusMillis(Math.round(part * DAY.toMillis()));
            double gain = Math.min(1, stakes * Math.pow(random.nextDouble(), 3));
            Request request = Request.of("Hello").evidence(GAIN, gain);
            ModelEndpoint chosen = router.choose(request, models).endpoint().orElseThrow();
            Usd cost = chosen.profile().price().orElseThrow().of(20, 250);
            spent += cost.nanos();
            bought += quality.estimate(request, chosen).value() - 0.4;
            if (pacer != null) {
                pacer.spent(cost);
            }
        }
        time.now = midnight.plus(DAY);
        return new Day(spent, bought);
    }

    private static ModelProfile profile(String price) {
        return ModelProfile.remote()
                .price(Price.perMillionTokens(price, price))
                .maxOutputTokens(250)
                .build();
    }

    private static ScriptedEndpoint endpoint(String id, String price) {
        return ScriptedEndpoint.named(id)
                .profile(profile(price))
                .says(ScriptedAnswer.of("an answer").using(20, 250))
                .build();
    }

    private static final class Time extends Clock {

        private Instant now = Instant.parse("2026-01-05T00:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
