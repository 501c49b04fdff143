package io.github.tandem4j.router.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.InMemorySessions;
import io.github.tandem4j.router.defence.EscalationQuota;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reward is of the endpoint that answered, whoever was chosen; once; and it outlives a restart. */
final class BanditFeedbackTest {

    private static final ContextFeatures NOTHING = request -> new float[] {0};
    private static final double[] X = {0, 1};

    private final ScriptedEndpoint small = endpoint("small", "1");
    private final ScriptedEndpoint large = endpoint("large", "100");
    private final List<ModelEndpoint> arms = List.of(small, large);

    @TempDir
    private Path folder;

    private static ScriptedEndpoint endpoint(String id, String price) {
        return ScriptedEndpoint.named(id)
                .profile(ModelProfile.local()
                        .price(Price.perMillionTokens(price, price))
                        .maxOutputTokens(100)
                        .build())
                .says(ScriptedAnswer.of("from " + id).using(50, 50))
                .build();
    }

    private static BanditBuilder builder() {
        return Bandit.linUcb(NOTHING, "nothing").uniform(1);
    }

    private static Request decision(String id) {
        return Request.of("Hello").evidence(Bandit.DECISION, id);
    }

    @Test
    void aRewardIsOfTheEndpointThatAnsweredInASessionThatStays() throws IOException {
        Path file = folder.resolve("log.jsonl");
        try (PropensityLog log = PropensityLog.appendTo(file)) {
            Bandit bandit = builder().logTo(log).build();
            Routing routing = Routing.among(arms)
                    .by(bandit)
                    .stickyWithin(InMemorySessions.ofDefaults())
                    .build();
            String first = routing.answer(decision("first").session("s")).author();
            int proposedElsewhere = 0;
            for (int i = 0; i < 20; i++) {
                String id = "d" + i;
                Reply reply = routing.answer(decision(id).session("s" + i % 2).tenant("acme"));
                String asked = reply.trace().decisions().get(0).toString();
                proposedElsewhere += asked.contains("proposed") ? 1 : 0;
                bandit.learn("acme", id, reply.author().equals("small") ? 1 : -1);
            }
            assertThat(bandit.learn("first", first.equals("small") ? 1 : -1)).isEqualTo(Bandit.Feedback.LEARNED);
            assertThat(proposedElsewhere)
                    .as("another endpoint than the session's")
                    .isPositive();
            assertThat(bandit.expected("", "small", X)).isGreaterThanOrEqualTo(0);
            assertThat(bandit.expected("", "large", X)).isLessThanOrEqualTo(0);
        }
        List<LoggedDecision> read = PropensityLog.read(file);
        assertThat(read).hasSize(21);
        assertThat(read)
                .allSatisfy(decision -> assertThat(decision.reward())
                        .hasValue(decision.answeredBy().equals("small") ? 1 : -1));
        assertThat(read.get(0).isUsable()).as("no session was known yet").isTrue();
        assertThat(read.stream().filter(decision -> !decision.isUsable())).hasSize(18);
    }

    @Test
    void whatAQuotaHasChangedIsCreditedToWhomItChose() {
        Bandit bandit = builder().perDollar(1).build();
        Routing routing = Routing.among(arms)
                .by(EscalationQuota.of(1, Duration.ofHours(1)).around(bandit, large, small))
                .build();
        int small = 0;
        for (int i = 0; i < 30; i++) {
            Reply reply = routing.answer(decision("d" + i));
            small += reply.author().equals("small") ? 1 : 0;
            assertThat(bandit.learn("d" + i, reply.author().equals("small") ? 1 : 0))
                    .isEqualTo(Bandit.Feedback.LEARNED);
        }
        assertThat(small).isEqualTo(29);
        // 29 rewards of 1, less what 100 tokens at a dollar a million cost, and a ridge of one
        assertThat(bandit.expected("", "small", X)).isCloseTo(29 * (1 - 1e-4) / 30, within(1e-9));
        assertThat(bandit.expected("", "large", X)).isCloseTo(-0.01 / 2, within(1e-9));
    }

    @Test
    void ofMoreDecisionsThanAreWaitedForTheNewestStay() {
        Bandit bandit = builder().waitFor(100, Duration.ofDays(1)).build();
        Routing routing = Routing.among(arms).by(bandit).build();
        for (int i = 0; i < 300; i++) {
            routing.answer(decision("d" + i));
        }
        for (int i = 200; i < 300; i++) {
            assertThat(bandit.learn("d" + i, 1)).as("d" + i).isEqualTo(Bandit.Feedback.LEARNED);
            assertThat(bandit.learn("d" + i, 1)).as("d" + i).isEqualTo(Bandit.Feedback.DUPLICATE);
        }
        assertThat(bandit.learn("d199", 1)).isEqualTo(Bandit.Feedback.UNKNOWN);
    }

    @Test
    void whoIsInterruptedWritesAndSoDoTheNext() throws IOException {
        Path file = folder.resolve("log.jsonl");
        try (PropensityLog log = PropensityLog.appendTo(file)) {
            Bandit bandit = builder().logTo(log).build();
            Thread.currentThread().interrupt();
            bandit.choose(decision("first"), arms);
            assertThat(Thread.interrupted()).isTrue();
            bandit.choose(decision("second"), arms);
        }
        assertThat(PropensityLog.read(file)).hasSize(2);
    }

    @Test
    void aFileThatIsNoLogIsRefusedAsItWas() throws IOException {
        for (String other : List.of("{\"tandem\":\"bandit\",\"version\":2}", "a\nb", "{\"v\":1,\"id\":\"cut", "no")) {
            Path file = Files.writeString(folder.resolve("other"), other);
            assertThatThrownBy(() -> PropensityLog.appendTo(file)).isInstanceOf(ModelFileException.class);
            assertThat(file).hasContent(other);
        }
        Path cut = Files.writeString(folder.resolve("cut"), "{\"v\":2,\"id\":\"d");
        PropensityLog.appendTo(cut).close();
        assertThat(cut).isEmptyFile();
    }

    @Test
    void aCallThatFailedIsNobodysRewardUntilAnotherAttemptAnswers() {
        Bandit bandit = builder().build();
        ScriptedEndpoint broken = ScriptedEndpoint.named("broken")
                .profile(ModelProfile.local().build())
                .fails(() -> new IllegalStateException("gone"))
                .build();
        Routing routing = Routing.among(broken, small).by(bandit).build();
        int failed = 0;
        for (int i = 0; i < 20; i++) {
            Request request = decision("d" + i);
            try {
                routing.answer(request);
                assertThat(bandit.learn("d" + i, 1)).isEqualTo(Bandit.Feedback.LEARNED);
            } catch (RuntimeException e) {
                failed++;
                assertThat(bandit.learn("d" + i, 1)).isEqualTo(Bandit.Feedback.UNATTRIBUTED);
                assertThat(bandit.choose(request, List.of(broken, small)).why()).isEqualTo("decision d" + i + " again");
            }
        }
        assertThat(failed).isPositive();
        assertThat(bandit.expected("", "broken", X)).isZero();
    }

    @Test
    void idsAreTheirTenantsOwnAndARewardCountsOnce() throws IOException {
        Path file = folder.resolve("log.jsonl");
        try (PropensityLog log = PropensityLog.appendTo(file)) {
            Bandit bandit = builder().logTo(log).build();
            Routing routing = Routing.among(arms).by(bandit).build();
            for (String tenant : List.of("acme", "globex")) {
                String author = routing.answer(decision("1").tenant(tenant)).author();
                for (int again = 0; again < 5; again++) {
                    assertThat(routing.answer(decision("1").tenant(tenant)).author())
                            .isEqualTo(author);
                }
                assertThat(bandit.learn("1", 1)).isEqualTo(Bandit.Feedback.UNKNOWN);
                assertThat(bandit.learn(tenant, "1", 1)).isEqualTo(Bandit.Feedback.LEARNED);
                routing.answer(decision("1").tenant(tenant));
                assertThat(bandit.learn(tenant, "1", 0)).isEqualTo(Bandit.Feedback.DUPLICATE);
            }
            assertThat(bandit.pending()).isZero();
        }
        assertThat(PropensityLog.read(file)).extracting(LoggedDecision::tenant).containsExactly("acme", "globex");
        assertThat(Files.readAllLines(file)).hasSize(4);
    }

    @Test
    void anArmThatIsNotTriedBecomesUncertainAgainWhereRewardsFade() {
        for (double forgetting : new double[] {1, 0.98}) {
            Bandit bandit = builder().forgetting(forgetting).build();
            for (int i = 0; i < 200; i++) {
                bandit.choose(decision("d" + i), arms);
                bandit.answered("", "d" + i, "small", Usd.ZERO);
                bandit.learn("d" + i, 1);
            }
            double known = bandit.uncertainty("", "small", X);
            double expected = bandit.expected("", "small", X);
            for (int i = 0; i < 400; i++) {
                bandit.choose(decision("e" + i), arms); // and small never answers
            }
            double later = bandit.uncertainty("", "small", X);
            if (forgetting == 1) {
                assertThat(later).isEqualTo(known);
            } else {
                assertThat(known).isLessThan(0.2);
                assertThat(later).as("as wide as the prior again").isCloseTo(1, within(0.02));
                assertThat(bandit.expected("", "small", X)).isLessThan(0.05 * expected);
            }
        }
    }

    @Test
    void aLogThatFailsFailsNoCallAndIsCounted() throws IOException {
        Path file = folder.resolve("log.jsonl");
        PropensityLog log = PropensityLog.appendTo(file);
        Bandit bandit = builder().logTo(log).build();
        Routing routing = Routing.among(arms).by(bandit).build();
        routing.answer(decision("a"));
        log.close();
        routing.answer(decision("b"));
        assertThat(bandit.learn("b", 1)).isEqualTo(Bandit.Feedback.LEARNED);
        assertThat(bandit.unlogged()).isEqualTo(2);
        assertThat(bandit.toString()).contains("2 lines not logged");
        assertThat(PropensityLog.read(file)).hasSize(1);
    }

    @Test
    void aRestartForgetsNeitherTenantsNorWhatIsPending() throws IOException {
        Instant start = Instant.parse("2026-01-05T00:00:00Z");
        BanditBuilder settings = builder().tenants(10, 20).clock(Clock.fixed(start, ZoneOffset.UTC));
        Bandit bandit = settings.build();
        Routing routing = Routing.among(arms).by(bandit).build();
        for (int i = 0; i < 30; i++) {
            Reply reply = routing.answer(decision("d" + i).tenant("acme"));
            bandit.learn("acme", "d" + i, reply.author().equals("small") ? 1 : 0);
        }
        String late = routing.answer(decision("late").tenant("acme")).author();
        Choice waiting = bandit.choose(decision("unanswered"), arms);
        Path file = folder.resolve("bandit.json");
        bandit.write(file);
        Bandit read = settings.read(file);
        for (String arm : List.of("small", "large")) {
            assertThat(read.expected("acme", arm, X)).isEqualTo(bandit.expected("acme", arm, X));
            assertThat(read.expected("", arm, X)).isEqualTo(bandit.expected("", arm, X));
            assertThat(read.uncertainty("acme", arm, X)).isEqualTo(bandit.uncertainty("acme", arm, X));
        }
        assertThat(read.pending()).isEqualTo(2);
        assertThat(read.learn("acme", "d3", 1)).isEqualTo(Bandit.Feedback.DUPLICATE);
        assertThat(read.learn("acme", "late", 1)).isEqualTo(Bandit.Feedback.LEARNED);
        bandit.learn("acme", "late", 1);
        assertThat(read.expected("acme", late, X)).isEqualTo(bandit.expected("acme", late, X));
        assertThat(read.learn("unanswered", 1)).isEqualTo(Bandit.Feedback.UNATTRIBUTED);
        assertThat(read.choose(decision("unanswered"), arms).endpoint()).isEqualTo(waiting.endpoint());
        assertThat(read.choose(decision("next"), arms).endpoint())
                .as("it draws on, and does not begin anew")
                .isEqualTo(bandit.choose(decision("next"), arms).endpoint());
        Bandit tooLate = settings.clock(Clock.fixed(start.plus(Duration.ofDays(2)), ZoneOffset.UTC))
                .read(file);
        assertThat(tooLate.learn("acme", "late", 1)).isEqualTo(Bandit.Feedback.UNKNOWN);

        String text = Files.readString(file);
        for (String[] change : new String[][] {
            {"\"tenant\":\"acme\",\"arms\"", "\"tenant\":\"\",\"arms\""},
            {"\"decided\":", "\"decided\":1"},
            {"\"at\":", "\"at\":\"x\",\"was\":"},
            {"\"cost_nanos\":", "\"cost_nanos\":-"},
            {"\"features\":\"AAAAAA==\"", "\"features\":\"AADAfw==\""},
            {"\"id\":\"late\"", "\"id\":\"\""}
        }) {
            assertThat(text).contains(change[0]);
            Files.writeString(file, text.replace(change[0], change[1]));
            assertThatThrownBy(() -> settings.read(file))
                    .as(change[1])
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("bandit.json");
        }
    }
}
