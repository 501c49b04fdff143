package io.github.tandem4j.examples;

import io.github.tandem4j.Completion;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.BestValue;
import io.github.tandem4j.router.CompletionLengths;
import io.github.tandem4j.router.ComputePrice;
import io.github.tandem4j.router.ExpectedCost;
import io.github.tandem4j.router.LatestMessage;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.online.BudgetPacer;
import io.github.tandem4j.routing.Routing;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Three models share a day's budget: nobody sets a threshold, and the questions that gain most get the dear ones. */
public final class ThreeModelsUnderABudget {

    private ThreeModelsUnderABudget() {}

    /** Chooses by expected quality less expected cost, at a price of quality that the pacer moves. */
    public static ModelEndpoint assistant(
            ModelEndpoint small,
            ModelEndpoint medium,
            ModelEndpoint large,
            CompletionLengths lengths,
            BudgetPacer pacer) {
        QualityEstimator quality = (request, endpoint) -> {
            double difficulty = Math.min(1, LatestMessage.of(request).length() / 200.0); // yours is learned
            double skill = endpoint == large ? 0.2 : endpoint == medium ? 0.5 : 0.9;
            return Confidence.rawScore(1 - skill * difficulty, "quality");
        };
        BestValue value =
                BestValue.by(quality).expecting(new ExpectedCost(lengths)).payingForQuality(pacer::priceOfQuality);
        return pacer.around(Routing.among(small, medium, large).by(value).build());
    }

    /** A model in this process: its price is that of the machine's time, two cents an hour. */
    static ModelEndpoint small() {
        return model("small", ModelProfile.local().price(ComputePrice.of(Usd.of("0.02"), 400, 30)), 40);
    }

    static ModelEndpoint medium() {
        return model("medium", ModelProfile.remote().price(Price.perMillionTokens("0.40", "1.60")), 150);
    }

    static ModelEndpoint large() {
        return model("large", ModelProfile.remote().price(Price.perMillionTokens("2.50", "10.00")), 300);
    }

    private static ModelEndpoint model(String id, ModelProfile.Builder profile, int words) {
        return ModelEndpoint.of(id, profile.build(), (chat, context, tokens) -> Completion.of("word ".repeat(words)));
    }

    /** Asks so many questions over a day, most of them around noon, and prints who answered and what was spent. */
    public static Map<String, Integer> playDay(
            ModelEndpoint assistant,
            CompletionLengths lengths,
            BudgetPacer pacer,
            Day day,
            int calls,
            PrintStream out) {
        SplittableRandom random = new SplittableRandom(7);
        Map<String, Integer> answered = new TreeMap<>();
        for (int i = 0; i < calls; i++) {
            day.passTo((i + 0.5) / calls);
            String question = "why ".repeat(1 + (int) (50 * Math.pow(random.nextDouble(), 2)));
            String author =
                    assistant.answer(Request.of(question).listener(lengths)).author();
            answered.merge(author, 1, Integer::sum);
        }
        out.println("answered by " + answered + ", spent " + pacer.spent() + ", a unit of quality is worth "
                + pacer.priceOfQuality());
        return answered;
    }

    /** Plays two days of 2,000 questions under a budget that could pay the large model for about 250 of them. */
    public static void main(String[] args) {
        Day day = new Day();
        BudgetPacer pacer = BudgetPacer.spending(Usd.of("0.80"))
                .in(Duration.ofDays(1))
                .clock(day)
                .start();
        CompletionLengths lengths = CompletionLengths.startingAt(256);
        ModelEndpoint assistant = assistant(small(), medium(), large(), lengths, pacer);
        for (int i = 0; i < 2; i++) {
            playDay(assistant, lengths, pacer, day, 2_000, System.out);
            day.end();
        }
    }

    /** A clock that the example moves through a day, slowly around noon. */
    public static final class Day extends Clock {

        private Instant midnight = Instant.parse("2026-01-05T00:00:00Z");
        private Instant now = midnight;

        /** Passes to the time by which such a part of the day's questions has come. */
        public void passTo(double part) {
            double slow = Math.sin(2 * Math.PI * part) / (2 * Math.PI);
            now = midnight.plusMillis(
                    Math.round((part + 0.8 * slow) * Duration.ofDays(1).toMillis()));
        }

        /** Passes to the next day. */
        public void end() {
            midnight = midnight.plus(Duration.ofDays(1));
            now = midnight;
        }

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
