package io.github.tandem4j.router.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bandit learns whom to ask, from rewards that come late, twice, in any order or never, for each tenant. */
final class BanditTest {

    private static final EvidenceKey<float[]> POINT = EvidenceKey.of("point", float[].class);
    private static final ContextFeatures FEATURES =
            request -> request.evidence().get(POINT).orElseThrow();

    private final ModelEndpoint one = ScriptedEndpoint.saying("one", "from one");
    private final ModelEndpoint two = ScriptedEndpoint.saying("two", "from two");
    private final ModelEndpoint three = ScriptedEndpoint.saying("three", "from three");
    private final List<ModelEndpoint> arms = List.of(one, two, three);

    private static List<BanditBuilder> both() {
        return List.of(Bandit.linUcb(FEATURES, "points"), Bandit.thompson(FEATURES, "points"));
    }

    @Test
    void regretFallsFarBelowThatOfUniformChoice() {
        for (BanditBuilder builder : both()) {
            SplittableRandom random = new SplittableRandom(5);
            Bandit bandit = builder.build();
            double regret = 0;
            double late = 0;
            double uniform = 0;
            for (int i = 0; i < 4_000; i++) {
                Request request = request(random, "d" + i);
                double[] rewards = rewards(request);
                ModelEndpoint chosen = bandit.choose(request, arms).endpoint().orElseThrow();
                double best = Math.max(rewards[0], Math.max(rewards[1], rewards[2]));
                double missed = best - rewards[arms.indexOf(chosen)];
                regret += missed;
                late += i >= 3_000 ? missed : 0;
                uniform += best - (rewards[0] + rewards[1] + rewards[2]) / 3;
                boolean right = random.nextDouble() < rewards[arms.indexOf(chosen)];
                learn(bandit, "d" + i, chosen, right ? 1 : 0, Usd.ZERO);
            }
            assertThat(regret).isLessThan(0.35 * uniform);
            assertThat(4 * late).as("over the last quarter").isLessThan(0.2 * uniform);
        }
    }

    @Test
    void aPolicyThatChangesIsFollowedWhereOldRewardsFade() {
        double[] rightLately = new double[2];
        for (double forgetting : new double[] {1, 0.99}) {
            SplittableRandom random = new SplittableRandom(5);
            Bandit bandit =
                    Bandit.linUcb(FEATURES, "points").forgetting(forgetting).build();
            for (int i = 0; i < 3_000; i++) {
                boolean flipped = i >= 1_500;
                Request request = request(random, "d" + i);
                ModelEndpoint chosen =
                        bandit.choose(request, List.of(one, two)).endpoint().orElseThrow();
                boolean right = (chosen == one) != flipped;
                rightLately[forgetting < 1 ? 1 : 0] += i >= 2_000 && right ? 1e-3 : 0;
                learn(bandit, "d" + i, chosen, right ? 1 : 0, Usd.ZERO);
            }
        }
        assertThat(rightLately[1]).isGreaterThan(0.9).isGreaterThan(rightLately[0]);
    }

    @Test
    void rewardsOutOfOrderTeachWhatThoseInOrderDo() {
        for (double forgetting : new double[] {1, 0.98}) {
            Bandit inOrder = taught(forgetting, false);
            Bandit shuffled = taught(forgetting, true);
            for (ModelEndpoint arm : arms) {
                double[] x = {0.3, -0.7, 1};
                assertThat(shuffled.expected("", arm.id(), x))
                        .as("%s with forgetting %s", arm.id(), forgetting)
                        .isCloseTo(inOrder.expected("", arm.id(), x), within(1e-9));
            }
        }
    }

    @Test
    void aSecondRewardIsIgnoredAndAnUnknownOneReported() {
        Bandit bandit = Bandit.thompson(FEATURES, "points")
                .waitFor(2, Duration.ofHours(1))
                .build();
        SplittableRandom random = new SplittableRandom(1);
        bandit.choose(request(random, "a"), arms);
        assertThat(bandit.learn("a", 1)).isEqualTo(Bandit.Feedback.UNATTRIBUTED);
        bandit.answered("", "a", "one", Usd.ZERO);
        assertThat(bandit.learn("a", 1)).isEqualTo(Bandit.Feedback.LEARNED);
        assertThat(bandit.learn("a", 0)).isEqualTo(Bandit.Feedback.DUPLICATE);
        assertThat(bandit.learn("b", 1)).isEqualTo(Bandit.Feedback.UNKNOWN);
        for (int i = 0; i < 100; i++) {
            bandit.choose(request(random, "many" + i), arms);
        }
        assertThat(bandit.pending()).isLessThanOrEqualTo(2);
        assertThatIllegalArgumentException().isThrownBy(() -> bandit.learn("a", Double.NaN));
    }

    @Test
    void moneyCountsAgainstTheReward() {
        Bandit bandit = Bandit.linUcb(FEATURES, "points").perDollar(100).build();
        SplittableRandom random = new SplittableRandom(2);
        int dear = 0;
        for (int i = 0; i < 1_000; i++) {
            ModelEndpoint chosen = bandit.choose(request(random, "d" + i), List.of(one, two))
                    .endpoint()
                    .orElseThrow();
            dear += i >= 500 && chosen == two ? 1 : 0;
            learn(bandit, "d" + i, chosen, chosen == two ? 0.9 : 0.8, Usd.of(chosen == two ? "0.01" : "0"));
        }
        assertThat(dear).as("better by a tenth, and dearer by a whole").isLessThan(25);
    }

    @Test
    void aTenantStartsFromWhatAllHaveTaughtAndGoesItsOwnWay() {
        Bandit bandit = Bandit.linUcb(FEATURES, "points").tenants(10, 20).build();
        SplittableRandom random = new SplittableRandom(4);
        double[] x = {0, 0, 1};
        for (int i = 0; i < 2_000; i++) {
            play(bandit, request(random, "all" + i).tenant("usual"), one);
        }
        double shared = bandit.expected("", "one", x);
        assertThat(shared).isGreaterThan(0.8);
        assertThat(bandit.expected("fresh", "one", x)).isCloseTo(shared, within(0.1));
        for (int i = 0; i < 400; i++) {
            play(bandit, request(random, "odd" + i).tenant("odd"), two);
        }
        assertThat(bandit.expected("odd", "two", x)).isGreaterThan(0.8);
        assertThat(bandit.expected("odd", "one", x)).isLessThan(0.5);
        assertThat(bandit.expected("usual", "one", x)).isGreaterThan(0.8);
    }

    @Test
    void goesOnFromAFileAndRefusesAnother(@TempDir Path folder) throws Exception {
        Bandit bandit = taught(1, false);
        Path file = folder.resolve("bandit.json");
        bandit.write(file);
        Bandit read = Bandit.thompson(FEATURES, "points").read(file);
        double[] x = {0.3, -0.7, 1};
        assertThat(read.expected("", "two", x)).isCloseTo(bandit.expected("", "two", x), within(1e-12));
        assertThatThrownBy(() -> Bandit.thompson(FEATURES, "other").read(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContainingAll("bandit.json", "features", "'points'", "'other'");
        assertThatThrownBy(() ->
                        Bandit.thompson(FEATURES, "points").forgetting(0.9).read(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("forgetting");
        String text = Files.readString(file);
        for (String damaged : List.of(
                text.replace("\"version\":2", "\"version\":3"),
                text.replace("\"dimension\":3", "\"dimension\":4"),
                text.replaceAll("\"gram\":\"[^\"]{12}", "\"gram\":\"////////////"),
                text.substring(0, 100))) {
            Files.writeString(file, damaged);
            assertThatThrownBy(() -> Bandit.thompson(FEATURES, "points").read(file))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("bandit.json");
        }
        assertThatThrownBy(() -> bandit.choose(Request.of("x").evidence(POINT, new float[] {1}), arms))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("1 features; valid is 2");
    }

    @Test
    void saysItsDecisionAndServesManyThreads() {
        Bandit bandit = Bandit.thompson(FEATURES, "points").build();
        Routing routing = Routing.among(arms).by(bandit).build();
        float[] point = {0.1f, 0.2f};
        assertThat(routing.answer(Request.of("Hello").evidence(POINT, point).evidence(Bandit.DECISION, "mine"))
                        .trace()
                        .decisions()
                        .get(0)
                        .why())
                .startsWith("decision mine, with probability 0.");
        IntStream.range(0, 2_000).parallel().forEach(i -> {
            routing.answer(Request.of("Hello")
                    .tenant("t" + i % 7)
                    .evidence(POINT, point)
                    .evidence(Bandit.DECISION, "p" + i));
            assertThat(bandit.learn("t" + i % 7, "p" + i, 0.5)).isEqualTo(Bandit.Feedback.LEARNED);
        });
        assertThat(bandit.pending()).isEqualTo(1);
    }

    @Test
    void propensitiesAreWhatChoicesAreDrawnBy() {
        double[] thompson = Exploration.THOMPSON.probabilities(new double[] {0.5, 0.3}, new double[] {0.2, 0.1}, 1);
        // P(N(0.5, 0.04) > N(0.3, 0.01)) = Φ(0.2/√0.05)
        assertThat(thompson[0]).isCloseTo(Exploration.normal(0.2 / Math.sqrt(0.05)), within(1e-4));
        SplittableRandom random = new SplittableRandom(8);
        double[] means = {0.1, 0.2, 0.3, 0.25};
        double[] deviations = {0.3, 0.1, 0.05, 0.2};
        double[] integrated = Exploration.THOMPSON.probabilities(means, deviations, 0.7);
        int[] highest = new int[4];
        int draws = 200_000;
        for (int i = 0; i < draws; i++) {
            int best = 0;
            double most = Double.NEGATIVE_INFINITY;
            for (int arm = 0; arm < 4; arm++) {
                double drawn = means[arm] + 0.7 * deviations[arm] * random.nextGaussian();
                best = drawn > most ? arm : best;
                most = Math.max(most, drawn);
            }
            highest[best]++;
        }
        for (int arm = 0; arm < 4; arm++) {
            assertThat(integrated[arm]).isCloseTo((double) highest[arm] / draws, within(0.005));
        }
    }

    private Bandit taught(double forgetting, boolean shuffled) {
        Bandit bandit = Bandit.thompson(FEATURES, "points")
                .uniform(1)
                .forgetting(forgetting)
                .build();
        SplittableRandom random = new SplittableRandom(3);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Choice choice = bandit.choose(request(random, "d" + i), arms);
            bandit.answered("", "d" + i, choice.endpoint().orElseThrow().id(), Usd.ZERO);
            ids.add("d" + i);
        }
        if (shuffled) {
            Collections.shuffle(ids, new Random(9));
        }
        for (String id : ids) {
            bandit.learn(id, (id.hashCode() & 15) / 15.0);
        }
        return bandit;
    }

    private static void learn(Bandit bandit, String id, ModelEndpoint by, double quality, Usd cost) {
        bandit.answered("", id, by.id(), cost);
        assertThat(bandit.learn(id, quality)).isEqualTo(Bandit.Feedback.LEARNED);
    }

    private void play(Bandit bandit, Request request, ModelEndpoint best) {
        ModelEndpoint chosen =
                bandit.choose(request, List.of(one, two)).endpoint().orElseThrow();
        String tenant = request.context().tenant().orElseThrow();
        String id = request.evidence().get(Bandit.DECISION).orElseThrow();
        bandit.answered(tenant, id, chosen.id(), Usd.ZERO);
        bandit.learn(tenant, id, chosen == best ? 0.9 : 0.1);
    }

    private static Request request(SplittableRandom random, String id) {
        float[] point = {(float) (2 * random.nextDouble() - 1), (float) (2 * random.nextDouble() - 1)};
        return Request.of("Hello").evidence(POINT, point).evidence(Bandit.DECISION, id);
    }

    /** The probability that each arm is right. */
    private static double[] rewards(Request request) {
        float[] x = request.evidence().get(POINT).orElseThrow();
        return new double[] {0.5 + 0.45 * x[0], 0.5 - 0.45 * x[0], 0.45 + 0.45 * x[1]};
    }
}
