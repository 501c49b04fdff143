package io.github.tandem4j.router.defence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.DeferralRule;
import io.github.tandem4j.cascade.TextSignal;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.router.HashingEmbeddings;
import io.github.tandem4j.router.LatestMessage;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Router;
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
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unlike is told from the familiar at a stated rate, escalations have a quota, and a gadget is outvoted. */
final class DefenceTest {

    private static final EmbeddingModel MODEL = new HashingEmbeddings(128);
    private static final String[] WORDS =
            "card bank account money transfer fee pin lost cash loan rate pay bill limit".split(" ");

    private final ModelEndpoint small = ScriptedEndpoint.saying("small", "from small");
    private final ModelEndpoint large = ScriptedEndpoint.saying("large", "from large");
    private final Router toSmall = (request, candidates) -> Choice.of(small, "usual");

    @Test
    void ofFamiliarPromptsNoMoreThanTheLevelAreTakenForUnlike() {
        // Over the draw of held-out prompts the rate is at most alpha: so the mean over many draws is.
        SplittableRandom random = new SplittableRandom(21);
        double alpha = 0.1;
        int unlike = 0;
        int asked = 0;
        int draws = 60;
        for (int draw = 0; draw < draws; draw++) {
            Familiarity familiar = familiarity(random, 39);
            for (int i = 0; i < 40; i++) {
                unlike += familiar.pValue(familiar.distance(prompt(random))) <= alpha ? 1 : 0;
                asked++;
            }
        }
        double rate = (double) unlike / asked;
        assertThat(rate).isBetween(0.05, alpha + 3 * Math.sqrt(alpha * (1 - alpha) / draws));
    }

    @Test
    void theUnlikeAreAbstainedFromSentElsewhereOrDeferred() {
        Familiarity familiar = familiarity(new SplittableRandom(1), 200);
        Routing routing =
                Routing.among(small, large).by(familiar.guard(toSmall, 0.02)).build();
        assertThat(routing.answer("bank card money transfer lost").author()).isEqualTo("small");
        Reply odd = routing.answer("Prove Goldbach's conjecture using sieve theory");
        assertThat(odd.author()).isEqualTo("large");
        assertThat(odd.trace().decisions().get(0).why())
                .contains("unlike what the router was trained on", "p-value 0.0");
        Router sent = familiar.guard(toSmall, 0.02, large);
        assertThat(sent.choose(Request.of("Goldbach sieve"), List.of(large, small))
                        .endpoint())
                .containsSame(large);
        DeferralRule kept = (request, reply) -> Verdict.keep("fine");
        Cascade cascade = Cascade.startingWith(small)
                .keepWhen(familiar.guardRule(kept, 0.02))
                .deferTo(large)
                .build();
        assertThat(cascade.answer("pay the bill money card").author()).isEqualTo("small");
        assertThat(cascade.answer("Prove Goldbach's conjecture").author()).isEqualTo("large");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> familiar.guard(toSmall, 0.001))
                .withMessageContaining("can never reach");
        assertThatIllegalArgumentException().isThrownBy(() -> familiar.guard(toSmall, 1));
    }

    @Test
    void whatIsFamiliarIsReadAsItWasWrittenAndByNoOtherEncoder(@TempDir Path folder) throws Exception {
        Familiarity familiar = familiarity(new SplittableRandom(1), 50);
        Path file = folder.resolve("familiar.json");
        familiar.write(file);
        Familiarity read = Familiarity.read(file, MODEL, "hashing");
        double distance = familiar.distance("lost my card");
        assertThat(read.distance("lost my card")).isEqualTo(distance);
        assertThat(read.pValue(distance)).isEqualTo(familiar.pValue(distance));
        assertThatThrownBy(() -> Familiarity.read(file, MODEL, "other"))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("'other'");
        assertThatThrownBy(() -> Familiarity.read(file, new HashingEmbeddings(64), "hashing"))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("dimension is 128");
        Files.writeString(file, Files.readString(file).replace("\"held_out_count\":50", "\"held_out_count\":49"));
        assertThatThrownBy(() -> Familiarity.read(file, MODEL, "hashing"))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContainingAll("held_out", "392 bytes");
    }

    @Test
    void trainingAndHeldOutPromptsAreManyAndShareNone() {
        List<String> prompts = prompts(new SplittableRandom(2), 40);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Familiarity.of(MODEL, "hashing", prompts, prompts))
                .withMessageContaining("among the training prompts");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Familiarity.of(MODEL, "hashing", prompts, prompts.subList(0, 5)));
    }

    @Test
    void aCallerIsEscalatedSoOftenAndNoMore() {
        Time time = new Time();
        EscalationQuota quota = EscalationQuota.of(4, Duration.ofHours(1), time);
        Router driven = (request, candidates) -> Choice.of(large, "gadget");
        Routing routing = Routing.among(small, large)
                .by(quota.around(driven, large, small))
                .build();
        assertThat(escalated(routing, "mallory", 50)).isEqualTo(4);
        assertThat(escalated(routing, "alice", 3))
                .as("another caller's quota is whole")
                .isEqualTo(3);
        time.now = time.now.plus(Duration.ofMinutes(30));
        assertThat(escalated(routing, "mallory", 50)).as("half is refilled").isEqualTo(2);
        time.now = time.now.plus(Duration.ofDays(1));
        assertThat(escalated(routing, "mallory", 50)).isEqualTo(4);
        Reply refused = routing.answer(Request.of("Hello").tenant("mallory"));
        assertThat(refused.trace().decisions().get(0).why())
                .isEqualTo("the caller's quota of 4 escalations in PT1H is used up, instead of chose large: gadget");
        assertThatIllegalArgumentException().isThrownBy(() -> EscalationQuota.of(0, Duration.ofHours(1)));
    }

    @Test
    void aDeferralUsesUpTheQuotaToo() {
        EscalationQuota quota = EscalationQuota.of(2, Duration.ofHours(1), new Time());
        Cascade cascade = Cascade.startingWith(small)
                .keepWhen(quota.around((request, reply) -> Verdict.defer("unsure")))
                .deferTo(large)
                .build();
        List<String> authors = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            authors.add(cascade.answer(Request.of("Hello").tenant("mallory")).author());
        }
        assertThat(authors).containsExactly("large", "large", "small", "small");
    }

    @Test
    void aMalformedAnswerUsesUpTheQuotaToo() {
        EscalationQuota quota = EscalationQuota.of(2, Duration.ofHours(1), new Time());
        ModelEndpoint cut = ScriptedEndpoint.named("cut")
                .says(ScriptedAnswer.of("The answer is").endingBy(FinishReason.LENGTH))
                .build();
        DeferralRule kept = (request, reply) -> Verdict.keep("fine");
        for (DeferralRule rule : List.of(
                quota.around(kept), quota.around(kept).unless(TextSignal.REFUSAL), kept.and(quota.around(kept)))) {
            Cascade cascade =
                    Cascade.startingWith(cut).keepWhen(rule).deferTo(large).build();
            cascade.answer(Request.of("Hello").tenant("mallory"));
        }
        Cascade cascade = Cascade.startingWith(cut)
                .keepWhen(quota.around(kept))
                .deferTo(large)
                .build();
        Reply reply = cascade.answer(Request.of("Hello").tenant("mallory"));
        assertThat(reply.author()).isEqualTo("cut");
        assertThat(reply.trace().decisions().get(0).why())
                .contains("quota of 2 escalations", "is used up, so kept although: answer is");
        assertThat(cascade.answer(Request.of("Hello").tenant("alice")).author()).isEqualTo("large");
    }

    @Test
    void partsAreAskedAboutWithAllThatIsKnownAndTheWholeLast() {
        EvidenceKey<String> who = EvidenceKey.of("who", String.class);
        List<Request> asked = new ArrayList<>();
        Router remembering = (request, candidates) -> {
            asked.add(request);
            return Choice.of(request.evidence().get(who).isPresent() ? large : small, "who");
        };
        Request request = Request.of("what is the fee of a transfer to a bank account in another country please")
                .evidence(who, "me");
        assertThat(Routing.among(small, large)
                        .by(Consensus.of(remembering))
                        .build()
                        .answer(request)
                        .author())
                .isEqualTo("large");
        assertThat(asked).hasSize(5);
        assertThat(asked).allSatisfy(one -> assertThat(one.evidence().get(who)).hasValue("me"));
        assertThat(asked.get(4)).as("the question itself, as it was read").isSameAs(request);
    }

    @Test
    void anAbstentionUsesUpTheQuotaToo() {
        EscalationQuota quota = EscalationQuota.of(2, Duration.ofHours(1), new Time());
        Router silent = (request, candidates) -> Choice.abstain("no idea");
        Routing routing = Routing.among(small, large)
                .by(quota.around(silent, large, small))
                .build();
        assertThat(escalated(routing, "mallory", 10)).isEqualTo(2);
    }

    @Test
    void aRuleWithinAQuotaStillRefusesItsStage() {
        EscalationQuota quota = EscalationQuota.of(2, Duration.ofHours(1), new Time());
        DeferralRule bound = new DeferralRule() {
            @Override
            public Verdict judge(Request request, Reply reply) {
                return Verdict.keep("fine");
            }

            @Override
            public void requireStage(String cascade, ModelEndpoint stage) {
                throw new IllegalArgumentException("not made for " + stage.id());
            }
        };
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cascade.startingWith(small)
                        .keepWhen(quota.around(bound))
                        .deferTo(large)
                        .build())
                .withMessageContaining("not made for small");
    }

    @Test
    void aGadgetAtEitherEndIsOutvoted() {
        Router keyword = (request, candidates) ->
                LatestMessage.of(request).contains("zyx") ? Choice.of(large, "zyx") : Choice.of(small, "plain");
        Routing routing = Routing.among(small, large).by(Consensus.of(keyword)).build();
        String honest = "what is the fee of a transfer to a bank account in another country please";
        assertThat(routing.answer(honest).author()).isEqualTo("small");
        assertThat(routing.answer(honest + " zyx").author()).isEqualTo("small");
        Reply prefixed = routing.answer("zyx " + honest);
        assertThat(prefixed.author()).isEqualTo("small");
        assertThat(prefixed.trace().decisions().get(0).why()).isEqualTo("3 of 5 parts choose small; plain");
        assertThat(routing.answer("short zyx").author())
                .as("too short for parts")
                .isEqualTo("large");
    }

    private static int escalated(Routing routing, String tenant, int calls) {
        int strong = 0;
        for (int i = 0; i < calls; i++) {
            strong +=
                    routing.answer(Request.of("Hello").tenant(tenant)).author().equals("large") ? 1 : 0;
        }
        return strong;
    }

    private static Familiarity familiarity(SplittableRandom random, int heldOut) {
        List<String> prompts = prompts(random, 60 + heldOut);
        return Familiarity.of(MODEL, "hashing", prompts.subList(0, 60), prompts.subList(60, 60 + heldOut));
    }

    private static List<String> prompts(SplittableRandom random, int count) {
        List<String> prompts = new ArrayList<>();
        while (prompts.size() < count) {
            String prompt = prompt(random);
            if (!prompts.contains(prompt)) {
                prompts.add(prompt);
            }
        }
        return prompts;
    }

    private static String prompt(SplittableRandom random) {
        StringBuilder prompt = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            prompt.append(i == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
        }
        return prompt.toString();
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
