package io.github.tandem4j.router.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a log says of another policy is, on average, what that policy earns. */
final class OffPolicyTest {

    private static final List<String> ARMS = List.of("small", "large");

    @Test
    void estimatesAreUnbiasedWithinThreeStandardErrorsAndIntervalsCover() {
        // Large is right with 0.5 + 0.4x, small with 0.5; x is even on −1..1. Large where x > 0 earns 0.5 + 0.1.
        OffPolicy.Policy policy =
                decision -> decision.features().get(0) > 0 ? new double[] {0, 1} : new double[] {1, 0};
        double truth = 0.6;
        int repeats = 200;
        double[][] values = new double[3][repeats];
        int[] covered = new int[3];
        for (int r = 0; r < repeats; r++) {
            OffPolicy.Estimates estimates = OffPolicy.evaluate(log(400, r), policy);
            List<OffPolicy.Estimate> three = List.of(estimates.ips(), estimates.snips(), estimates.doublyRobust());
            for (int e = 0; e < 3; e++) {
                values[e][r] = three.get(e).value();
                covered[e] +=
                        three.get(e).low() <= truth && truth <= three.get(e).high() ? 1 : 0;
            }
        }
        for (int e = 0; e < 3; e++) {
            double mean = mean(values[e]);
            double error = Math.sqrt(variance(values[e]) / repeats);
            assertThat(mean).as("estimator %d", e).isCloseTo(truth, within(3 * error));
            assertThat(covered[e] / (double) repeats).as("coverage of %d", e).isBetween(0.89, 0.99);
        }
        assertThat(variance(values[2])).as("a model of rewards steadies").isLessThan(variance(values[0]));
    }

    @Test
    void clippingIsCountedAndMissingRewardsToo() {
        List<LoggedDecision> log = new ArrayList<>(log(200, 1));
        log.add(new LoggedDecision("late", "", ARMS, List.of(0.5, 0.5), 0, List.of(0.0), OptionalDouble.empty()));
        OffPolicy.Estimates clipped = OffPolicy.evaluate(log, OffPolicy.Policy.always("large"), 2);
        assertThat(clipped.decisions()).isEqualTo(200);
        assertThat(clipped.unrewarded()).isEqualTo(1);
        assertThat(clipped.clipped()).isPositive();
        assertThat(clipped.effectiveSize()).isBetween(1.0, 200.0);
        assertThat(OffPolicy.evaluate(log, OffPolicy.Policy.always("large")).clipped())
                .isZero();
        assertThat(clipped.ips().toString()).matches("0\\.\\d{4} \\[0\\.\\d{4}, 0\\.\\d{4}]");
    }

    @Test
    void aBanditsLogIsReadBackWithItsRewards(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("log.jsonl");
        EvidenceKey<Float> x = EvidenceKey.of("x", Float.class);
        ModelEndpoint small = ScriptedEndpoint.saying("small", "hi");
        ModelEndpoint large = ScriptedEndpoint.saying("large", "hi");
        try (PropensityLog log = PropensityLog.appendTo(file)) {
            Bandit bandit = Bandit.linUcb(
                            request -> new float[] {request.evidence().get(x).orElseThrow()}, "x")
                    .logTo(log)
                    .build();
            for (int i = 0; i < 10; i++) {
                Choice choice = bandit.choose(
                        Request.of("Hello").tenant("acme").evidence(x, i / 10f).evidence(Bandit.DECISION, "d" + i),
                        List.of(small, large));
                if (i != 7) {
                    bandit.answered(
                            "acme", "d" + i, choice.endpoint().orElseThrow().id(), Usd.ZERO);
                    bandit.learn("acme", "d" + i, 0.5);
                    bandit.learn("acme", "d" + i, 0.9);
                }
            }
        }
        List<LoggedDecision> read = PropensityLog.read(file);
        assertThat(read).hasSize(10).allSatisfy(decision -> {
            assertThat(decision.arms()).isEqualTo(ARMS);
            assertThat(decision.propensities()).allSatisfy(p -> assertThat(p).isGreaterThanOrEqualTo(0.01));
            assertThat(decision.tenant()).isEqualTo("acme");
        });
        assertThat(read.get(7).reward()).isEmpty();
        assertThat(read.get(8).reward()).hasValue(0.5);
        assertThat(read.get(3).features().get(0)).isCloseTo(0.3, within(1e-6));
        String whole = Files.readString(file);
        Files.writeString(file, whole.substring(0, whole.length() - 9)); // the last reward's line is cut
        PropensityLog.appendTo(file).close();
        assertThat(PropensityLog.read(file)).as("what is whole stays").hasSize(10);
        assertThat(Files.readString(file)).endsWith("\n");
        for (String damaged : List.of(
                whole.substring(0, whole.length() / 2 + 7),
                whole.replace("\"v\":2", "\"v\":1"),
                whole.replace("\"chosen\":0", "\"chosen\":5").replace("\"chosen\":1", "\"chosen\":5"),
                whole.replaceAll("\"propensities\":\\[[^,]*,", "\"propensities\":[7,"),
                whole.replace("\"reward\":0.5", "\"reward\":\"good\""))) {
            Files.writeString(file, damaged);
            assertThatThrownBy(() -> PropensityLog.read(file))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContainingAll("log.jsonl", "line ");
        }
    }

    @Test
    void anIdThatWasUsedAgainMakesNoLogUnreadable(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("log.jsonl");
        String decision = "{\"v\":2,\"id\":\"a\",\"arms\":[\"small\",\"large\"],\"propensities\":[0.5,0.5],"
                + "\"chosen\":%d,\"features\":[0.1]}%n";
        String reward = "{\"v\":2,\"id\":\"a\",\"reward\":%s,\"answered\":\"small\"}%n";
        Files.writeString(
                file, String.format(decision, 0) + String.format(decision, 1) + String.format(reward, "0.25"));
        assertThat(PropensityLog.read(file)).singleElement().satisfies(only -> {
            assertThat(only.chosen()).isZero();
            assertThat(only.reward()).as("it may be of either").isEmpty();
        });
        Files.writeString(
                file,
                String.format(decision, 0)
                        + String.format(reward, "0.25")
                        + String.format(decision, 1)
                        + String.format(reward, "0.75"));
        assertThat(PropensityLog.read(file))
                .singleElement()
                .satisfies(only -> assertThat(only.reward()).hasValue(0.25));
        Files.writeString(file, "{\"v\":1}\n");
        assertThatThrownBy(() -> PropensityLog.appendTo(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("version 2");
    }

    @Test
    void whatSomebodyElseDecidedIsLeftOutAndCounted() {
        List<LoggedDecision> log = new ArrayList<>(log(200, 1));
        LoggedDecision some = log.get(0);
        String other = ARMS.get(1 - some.chosen());
        log.add(some.rewarded(1000, other));
        log.add(new LoggedDecision(
                "sticky", "", ARMS, List.of(0.5, 0.5), 0, List.of(0.0), OptionalDouble.of(1000), "small", false));
        OffPolicy.Estimates estimates = OffPolicy.evaluate(log, OffPolicy.Policy.always("large"));
        assertThat(estimates.decisions()).isEqualTo(200);
        assertThat(estimates.unusable()).isEqualTo(2);
        assertThat(estimates.ips().value()).isLessThan(1);
    }

    @Test
    void refusesWhatSaysNothing() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OffPolicy.evaluate(List.of(), OffPolicy.Policy.always("large")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OffPolicy.evaluate(log(10, 1), decision -> new double[] {0.5, 0.2}));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OffPolicy.evaluate(log(10, 1), OffPolicy.Policy.always("large"), 0.5));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new LoggedDecision("d", "", ARMS, List.of(0.5, 0.6), 0, List.of(), OptionalDouble.empty()));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new LoggedDecision("d", "", ARMS, List.of(0.0, 1.0), 0, List.of(), OptionalDouble.empty()));
    }

    private static List<LoggedDecision> log(int decisions, long seed) {
        SplittableRandom random = new SplittableRandom(1_000 + seed);
        List<LoggedDecision> log = new ArrayList<>();
        for (int i = 0; i < decisions; i++) {
            double x = 2 * random.nextDouble() - 1;
            double toLarge = 0.2 + 0.3 * random.nextDouble();
            int chosen = random.nextDouble() < toLarge ? 1 : 0;
            double right = chosen == 1 ? 0.5 + 0.4 * x : 0.5;
            log.add(new LoggedDecision(
                    "d" + i,
                    "",
                    ARMS,
                    List.of(1 - toLarge, toLarge),
                    chosen,
                    List.of(x),
                    OptionalDouble.of(random.nextDouble() < right ? 1 : 0)));
        }
        return log;
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double variance(double[] values) {
        double mean = mean(values);
        double sum = 0;
        for (double value : values) {
            sum += (value - mean) * (value - mean);
        }
        return sum / (values.length - 1);
    }
}
