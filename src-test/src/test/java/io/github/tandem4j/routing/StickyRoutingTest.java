package io.github.tandem4j.routing;

import static io.github.tandem4j.routing.Turns.asking;
import static io.github.tandem4j.routing.Turns.call;
import static io.github.tandem4j.routing.Turns.looked;
import static io.github.tandem4j.routing.Turns.model;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.fusion.SelfConsistency;
import io.github.tandem4j.router.InMemorySessions;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A session stays with its endpoint: when, until when, and what is said of it. */
class StickyRoutingTest {

    private static final Instant NOON = Instant.parse("2026-01-05T12:00:00Z");

    private final InMemorySessions sessions = InMemorySessions.ofDefaults();
    private final ScriptedEndpoint small = model("small");
    private final ScriptedEndpoint large = model("large");
    private final ScriptedEndpoint medium = model("medium");
    private Choice next = Choice.abstain("nothing was set");
    private Request seen = Request.of("nothing was seen");
    private int routed;
    private final ModelEndpoint tutor = build(Stickiness.within(sessions), small, medium, large);

    private Routing build(Stickiness stickiness, ModelEndpoint... candidates) {
        return Routing.among(candidates)
                .by(this::choose)
                .sticky(stickiness)
                .named("tutor")
                .build();
    }

    private Choice choose(Request request, List<ModelEndpoint> candidates) {
        routed++;
        seen = request;
        return next;
    }

    // --- against bouncing

    @Test
    void movesWhenTheSameOtherWasProposedTwiceInARow() {
        assertThat(proposing(small).author()).isEqualTo("small");
        Reply stayed = proposing(large);
        assertThat(stayed.author()).isEqualTo("small");
        assertThat(stayed.trace().toString())
                .contains("router proposed large: it is hard")
                .contains("stayed with small: large was proposed once, switches after 2");
        Reply moved = proposing(large);
        assertThat(moved.author()).isEqualTo("large");
        assertThat(moved.trace().toString()).contains("moved from small to large: large was proposed twice in a row");
        assertThat(proposing(large).trace().toString()).contains("chose large: it is hard");
    }

    @Test
    void aRunIsBrokenByItsOwnEndpointByAnAbstentionAndByAThird() {
        proposing(small);
        for (Choice between :
                List.of(Choice.of(small, "easy"), Choice.abstain("no idea"), Choice.of(medium, "so so"))) {
            assertThat(proposing(large).author()).isEqualTo("small");
            next = between;
            assertThat(tutor.answer(asking("?", "s")).author()).isEqualTo("small");
        }
        assertThat(proposing(large).author()).isEqualTo("small");
        assertThat(proposing(large).author()).isEqualTo("large");
    }

    @Test
    void movesAtOnceWhenTheRouterIsSureEnough() {
        Routing sure = build(Stickiness.within(sessions).switchAtOnceFrom(0.9), small, large);
        next = Choice.of(small, "easy");
        sure.answer(asking("?", "s"));
        next = Choice.of(large, "hard", Confidence.probability(0.89, "hardness"));
        assertThat(sure.answer(asking("?", "s")).author()).isEqualTo("small");
        next = Choice.of(small, "easy");
        sure.answer(asking("?", "s"));
        next = Choice.of(large, "hard", Confidence.probability(0.9, "hardness"));
        Reply moved = sure.answer(asking("?", "s"));
        assertThat(moved.author()).isEqualTo("large");
        assertThat(moved.trace().toString()).contains("moved from small to large: hardness 0.900 is at least 0.9");
    }

    @Test
    void afterOneProposalTheRoutersWordIsFollowed() {
        Routing loose = build(Stickiness.within(sessions).switchAfter(1), small, large);
        for (ScriptedEndpoint proposed : List.of(small, large, small)) {
            next = Choice.of(proposed, "so");
            assertThat(loose.answer(asking("?", "s")).author()).isEqualTo(proposed.id());
        }
    }

    @Test
    void staysWhereTheRouterAbstainsUnlessAnEndpointWasNamedForThat() {
        proposing(small);
        next = Choice.abstain("no idea");
        Reply stayed = tutor.answer(asking("?", "s"));
        assertThat(stayed.author()).isEqualTo("small");
        assertThat(stayed.trace().toString()).contains("router abstained, so stays with small: no idea");

        Routing named = Routing.among(small, large)
                .by(this::choose)
                .whenAbstaining(medium)
                .stickyWithin(sessions)
                .build();
        assertThat(named.answer(asking("?", "s")).author()).isEqualTo("medium");
        next = Choice.of(small, "easy");
        assertThat(named.answer(asking("?", "s")).author())
                .as("who answered is stayed with, candidate or not")
                .isEqualTo("medium");
        assertThat(named.answer(asking("?", "s")).author()).isEqualTo("small");
    }

    @Test
    void movesAtOnceWhenItsEndpointCannotTakeTheRequest() {
        ModelProfile eyes = ModelProfile.remote().can(ModelCapability.IMAGES).build();
        ScriptedEndpoint seer =
                ScriptedEndpoint.named("seer").profile(eyes).says("a cat").build();
        ScriptedEndpoint other =
                ScriptedEndpoint.named("other").profile(eyes).says("a dog").build();
        Routing routing = build(Stickiness.within(sessions), small, seer, other);
        next = Choice.of(small, "easy");
        routing.answer(asking("?", "s"));
        next = Choice.of(seer, "it sees");
        ChatMessage picture = UserMessage.from(ImageContent.from("http://localhost/x.png"));
        Reply moved = routing.answer(
                Request.of(ChatRequest.builder().messages(picture).build()).session("s"));
        assertThat(moved.author()).isEqualTo("seer");
        assertThat(moved.trace().toString())
                .contains("left small: it cannot take the request: small does not support images")
                .contains("chose seer: it sees");
        next = Choice.of(other, "so");
        assertThat(routing.answer(asking("?", "s")).author())
                .as("the one that answered last")
                .isEqualTo("seer");
        Reply local = routing.answer(asking("?", "s").label(PrivacyLabel.LOCAL_ONLY));
        assertThat(local.author()).isEqualTo("small");
        assertThat(local.trace().toString()).contains("left seer", "no other candidate can take the request");
    }

    @Test
    void staysWithWhoAnswersAbstentionsWhereTheCandidatesLeaveNoChoice() {
        ScriptedEndpoint far = remote("far");
        Routing routing = Routing.among(small, far)
                .by(this::choose)
                .whenAbstaining(medium)
                .stickyWithin(sessions)
                .build();
        next = Choice.abstain("no idea");
        routing.answer(asking("?", "s"));
        Reply one = routing.answer(asking("?", "s").label(PrivacyLabel.LOCAL_ONLY));
        assertThat(one.author()).as("although a candidate could answer").isEqualTo("medium");
        assertThat(one.trace().toString()).contains("stayed with medium: the candidates leave a router no choice");

        Routing outside = Routing.among(far, remote("further"))
                .by(this::choose)
                .whenAbstaining(medium)
                .stickyWithin(InMemorySessions.ofDefaults())
                .build();
        Request secret = asking("?", "s").label(PrivacyLabel.LOCAL_ONLY);
        assertThatThrownBy(() -> outside.answer(secret))
                .as("a session that is with nobody yet")
                .isInstanceOf(PrivacyException.class);
        outside.answer(asking("?", "s"));
        assertThat(outside.refusal(secret)).isEmpty();
        assertThat(outside.answer(secret).author()).as("no candidate can").isEqualTo("medium");
        assertThat(outside.refusal(Request.of("?").label(PrivacyLabel.LOCAL_ONLY)))
                .as("without a session")
                .isPresent();
    }

    @Test
    void saysThatTheRouterAbstainedWhereTheSessionIsWithAnother() {
        Routing named = Routing.among(small, large)
                .by(this::choose)
                .whenAbstaining(medium)
                .stickyWithin(sessions)
                .build();
        next = Choice.of(small, "easy");
        named.answer(asking("?", "s"));
        next = Choice.abstain("no idea");
        assertThat(named.answer(asking("?", "s")).trace().toString())
                .contains("router abstained, which proposes medium: no idea")
                .contains("stayed with small: medium was proposed once, switches after 2")
                .doesNotContain("router proposed");
    }

    // --- tool exchanges

    @Test
    void whoCalledTheToolsGetsTheirResultsAndNoRouterIsAsked() {
        next = Choice.of(small, "easy");
        assertThat(tutor.answer(asking("look", "s")).response().aiMessage()).isEqualTo(call("look"));
        routed = 0;
        next = Choice.of(large, "hard");
        Reply reply = tutor.answer(looked("look", "s"));
        assertThat(reply.text()).isEqualTo("I am small");
        assertThat(reply.trace().toString()).contains("stayed with small: in the middle of a tool exchange");
        assertThat(routed).isZero();
    }

    @Test
    void whoAnswersAbstentionsGetsTheResultsOfItsToolsAlthoughNoCandidateCouldTakeThem() {
        Routing routing = Routing.among(remote("far"), remote("further"))
                .by(this::choose)
                .whenAbstaining(medium)
                .stickyWithin(sessions)
                .build();
        next = Choice.abstain("no idea");
        routing.answer(asking("look", "s"));
        Request results = looked("look", "s").label(PrivacyLabel.LOCAL_ONLY);
        assertThat(routing.refusal(results)).isEmpty();
        Reply reply = routing.answer(results);
        assertThat(reply.author()).isEqualTo("medium");
        assertThat(reply.trace().toString()).contains("stayed with medium: in the middle of a tool exchange");
    }

    @Test
    void anExchangeLeavesTheRunOfProposalsAsItWas() {
        proposing(small);
        next = Choice.of(large, "hard");
        tutor.answer(asking("look", "s"));
        tutor.answer(looked("look", "s"));
        assertThat(tutor.answer(asking("?", "s")).author()).isEqualTo("large");
    }

    @Test
    void resultsGoBackToTheirCallerAlthoughTheSessionMovedMeanwhile() {
        next = Choice.of(small, "easy");
        tutor.answer(asking("look", "s"));
        proposing(large);
        assertThat(proposing(large).author()).isEqualTo("large");
        assertThat(tutor.answer(looked("look", "s")).author()).isEqualTo("small");
        assertThat(proposing(large).trace().toString())
                .as("and the session is where it was")
                .contains("chose large");
        assertThat(tutor.answer(looked(UserMessage.from("look"), call("of another time"), "s"))
                        .author())
                .as("of calls that nobody remembers, the session's endpoint gets the results")
                .isEqualTo("large");
    }

    @Test
    void anotherMayAnswerWhenTheCallerCannotAndTheTraceSaysSo() {
        ScriptedEndpoint far = ScriptedEndpoint.named("far")
                .profile(ModelProfile.remote().can(ModelCapability.TOOLS).build())
                .plays((chat, context, tokens) -> Completion.of(
                        ChatResponse.builder().aiMessage(call("1")).build()))
                .build();
        Routing routing = build(Stickiness.within(sessions), small, far, medium);
        next = Choice.of(far, "hard");
        routing.answer(asking("?", "s"));
        next = Choice.of(medium, "so");
        Reply reply =
                routing.answer(looked(UserMessage.from("?"), call("1"), "s").label(PrivacyLabel.LOCAL_ONLY));
        assertThat(reply.author()).isEqualTo("medium");
        assertThat(reply.trace().toString())
                .contains("left far in the middle of a tool exchange: it cannot take the request: request is labelled")
                .contains("chose medium: so");
    }

    @Test
    void seesWhereAnExchangeIsUnfinished() {
        assertThat(ToolExchange.unfinishedIn(looked("look", "s").chat())).contains(new ToolExchange(call("look")));
        assertThat(ToolExchange.unfinishedIn(Request.of("?").chat())).isEmpty();
        List<ChatMessage> messages = new ArrayList<>(looked("look", "s").chat().messages());
        messages.add(SystemMessage.from("Hurry."));
        assertThat(unfinished(messages)).isTrue();
        assertThat(unfinished(messages.subList(0, 2))).isTrue();
        messages.add(UserMessage.from("And now?"));
        assertThat(unfinished(messages)).isFalse();
        assertThat(unfinished(List.of(SystemMessage.from("Hurry.")))).isFalse();
        assertThat(new ToolExchange(call("1")).fingerprint())
                .isNotEqualTo(new ToolExchange(call("2")).fingerprint())
                .matches("[0-9a-f]{16}")
                .as("in a store that outlives the process")
                .isEqualTo("4a22b444abae5b0a");
        assertThatIllegalArgumentException().isThrownBy(() -> new ToolExchange(AiMessage.from("words")));
    }

    private static boolean unfinished(List<ChatMessage> messages) {
        return ToolExchange.unfinishedIn(
                        ChatRequest.builder().messages(messages).build())
                .isPresent();
    }

    // --- which session

    @Test
    void withoutASessionNothingSticks() {
        for (ScriptedEndpoint proposed : List.of(small, large, small)) {
            next = Choice.of(proposed, "so");
            assertThat(tutor.answer("?").author()).isEqualTo(proposed.id());
            assertThat(seen.evidence().get(Affinity.KEY)).isEmpty();
        }
        assertThat(sessions.size()).isZero();
    }

    @Test
    void tenantsSessionsAndRoutingsDoNotMeet() {
        next = Choice.of(small, "easy");
        tutor.answer(asking("?", "s").tenant("t"));
        next = Choice.of(large, "hard");
        assertThat(tutor.answer(asking("?", "s")).author()).isEqualTo("large");
        assertThat(tutor.answer(asking("?", "s").tenant("u")).author()).isEqualTo("large");
        assertThat(tutor.answer(asking("?", "r").tenant("t")).author()).isEqualTo("large");
        Routing other = Routing.among(small, large)
                .by(this::choose)
                .stickyWithin(sessions)
                .named("other")
                .build();
        assertThat(other.answer(asking("?", "s").tenant("t")).author()).isEqualTo("large");
        assertThat(tutor.answer(asking("?", "s").tenant("t")).author()).isEqualTo("small");
        assertThat(sessions.size()).isEqualTo(5);
    }

    // --- what is remembered

    @Test
    void remembersWhoAnsweredWhenAndHowMuchItReadAndNoText() {
        ScriptedEndpoint counting = ScriptedEndpoint.named("counting")
                .says(ScriptedAnswer.of("secret answer").using(2000, 2))
                .build();
        Routing routing = build(Stickiness.within(sessions), counting, small);
        next = Choice.of(counting, "so");
        routing.answer(at(NOON, "secret question"));
        assertThat(remembered()).contains(Affinity.first("counting", NOON, 2000));
        routing.answer(at(NOON.plusSeconds(1), "secret question"));
        assertThat(remembered()).contains(new Affinity("counting", NOON.plusSeconds(1), 2, 2000, null, 0, List.of()));
        assertThat(remembered().toString() + new SessionKey("t", "secret", "r")).doesNotContain("secret");
        assertThat(seen.evidence().get(Affinity.KEY)).contains(Affinity.first("counting", NOON, 2000));
    }

    @Test
    void aTurnThatBeganBeforeTheSessionMovedDoesNotMoveItBack() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        ScriptedEndpoint slow = ScriptedEndpoint.named("slow")
                .says("at once")
                .saysAfter(gate, ScriptedAnswer.of("in the end"))
                .build();
        Routing routing = build(Stickiness.within(sessions).switchAfter(1), slow, large, medium);
        next = Choice.of(slow, "so");
        routing.answer(at(NOON, "?"));
        CompletableFuture<Reply> late = routing.answerAsync(at(NOON, "?"));
        while (slow.calls() < 2) {
            Thread.onSpinWait();
        }
        next = Choice.of(large, "so");
        routing.answer(at(NOON.plusSeconds(1), "?"));
        gate.countDown();
        assertThat(late.get(1, TimeUnit.MINUTES).author()).isEqualTo("slow");
        Affinity now = remembered().orElseThrow();
        assertThat(now.endpoint()).isEqualTo("large");
        assertThat(now.answeredAt()).isEqualTo(NOON.plusSeconds(1));
        assertThat(now.turns()).isEqualTo(3);
    }

    @Test
    void aFailedCallChangesNothing() {
        ScriptedEndpoint broken = ScriptedEndpoint.named("broken")
                .fails(() -> new ConfigurationException("broken"))
                .build();
        Routing routing = build(Stickiness.within(sessions).switchAfter(1), small, broken);
        next = Choice.of(small, "easy");
        routing.answer(at(NOON, "?"));
        Optional<Affinity> before = remembered();
        next = Choice.of(broken, "so");
        assertThatThrownBy(() -> routing.answer(at(NOON.plusSeconds(9), "?")))
                .isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(
                        () -> build(Stickiness.within(sessions), broken, small).answer(asking("?", "new")))
                .isInstanceOf(ConfigurationException.class);
        assertThat(remembered()).isEqualTo(before).isPresent();
        assertThat(sessions.size()).isOne();
    }

    @Test
    void tellsTheRouterWhatTheCacheHoldsWhileItIsWarmAndThePromptWasLong() {
        ScriptedEndpoint counting = ScriptedEndpoint.named("counting")
                .says(ScriptedAnswer.of("a").using(1024, 1))
                .says(ScriptedAnswer.of("b").using(1023, 1))
                .build();
        Routing routing = build(Stickiness.within(sessions), counting, small);
        next = Choice.of(counting, "so");
        routing.answer(at(NOON, "?"));
        assertThat(cached()).isEmpty();
        routing.answer(at(NOON.plus(Duration.ofMinutes(5)).minusNanos(1), "?"));
        assertThat(cached()).contains(new CachedPrompt("counting", 1024));
        routing.answer(at(NOON.plusSeconds(301), "?"));
        assertThat(cached()).as("the last prompt had 1023 tokens").isEmpty();

        ScriptedEndpoint again = ScriptedEndpoint.named("again")
                .says(ScriptedAnswer.of("a").using(50, 1))
                .build();
        Routing patient = build(
                Stickiness.within(sessions).expectingCacheFrom(50).expectingCacheFor(Duration.ofHours(1)),
                again,
                small);
        next = Choice.of(again, "so");
        patient.answer(at(NOON, "?"));
        patient.answer(at(NOON.plus(Duration.ofMinutes(59)), "?"));
        assertThat(cached()).contains(new CachedPrompt("again", 50));
        patient.answer(at(NOON.plus(Duration.ofMinutes(119)), "?"));
        assertThat(cached()).isEmpty();
    }

    @Test
    void theModelSeesNothingOfIt() {
        proposing(small);
        proposing(small);
        assertThat(small.asked().get(0)).isEqualTo(small.asked().get(1));
    }

    @Test
    void nobodyChallengesItselfWhenTwoTurnsMoveTheSessionToTheSameAtOnce() {
        List<Routing> tutors = new ArrayList<>();
        ScriptedEndpoint twice = ScriptedEndpoint.named("twice")
                .plays((chat, context, tokens) -> {
                    if (!chat.equals(Request.of("the other turn").chat())) {
                        tutors.get(0).answer(at(NOON, "the other turn")); // which begins and ends amid this one
                    }
                    return Completion.of("hi");
                })
                .build();
        tutors.add(build(Stickiness.within(sessions).switchAfter(1), small, twice));
        next = Choice.of(small, "easy");
        tutors.get(0).answer(at(NOON, "?"));
        next = Choice.of(twice, "hard");
        tutors.get(0).answer(at(NOON, "?"));
        Affinity now = remembered().orElseThrow();
        assertThat(now.endpoint()).isEqualTo("twice");
        assertThat(now.turns()).isEqualTo(3);
        assertThat(now.challenger()).isNull();
        assertThat(now.challenges()).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Affinity("small", NOON, 2, 0, "small", 1, List.of()))
                .withMessageContaining("its own challenger");
    }

    @Test
    void samplesOfACandidateAreOneTurnAndThoseOfTheRoutingSoMany() {
        Routing around =
                build(Stickiness.within(sessions), SelfConsistency.of(small).build(), large);
        next = Choice.of(large, "hard");
        around.answer(at(NOON, "?"));
        assertThat(remembered().orElseThrow().turns()).isOne();
        next = Choice.of(around.members().get(0), "easy");
        around.answer(at(NOON, "?"));
        assertThat(small.calls()).as("the session stays").isZero();
        around.answer(at(NOON, "?"));
        assertThat(small.calls()).isEqualTo(3);
        assertThat(remembered().orElseThrow().turns()).isEqualTo(3);
        SelfConsistency.of(around).build().answer(at(NOON, "?"));
        assertThat(remembered().orElseThrow().turns()).isEqualTo(6);
    }

    // --- stores that fail

    @Test
    void aLookUpEndsWithTheDeadlineAndAnUpdateLeavesTheAnswer() {
        CountDownLatch never = new CountDownLatch(1);
        List<String> interrupted = new CopyOnWriteArrayList<>();
        for (String slow : List.of("look-up", "update")) {
            SessionStore store = new SessionStore() {
                @Override
                public Optional<Affinity> find(SessionKey key) {
                    block("look-up");
                    return Optional.empty();
                }

                @Override
                public void update(SessionKey key, Function<@Nullable Affinity, Affinity> change) {
                    block("update");
                }

                private void block(String what) {
                    try {
                        assertThat(slow.equals(what) && never.await(1, TimeUnit.MINUTES))
                                .isFalse();
                    } catch (InterruptedException e) {
                        interrupted.add(what);
                        Thread.currentThread().interrupt();
                        throw new IllegalStateException(what + " was interrupted", e);
                    }
                }
            };
            next = Choice.of(small, "so");
            Routing routing = build(Stickiness.within(store), small, large);
            Request request = asking("?", "s").deadline(Duration.ofMillis(500));
            if (slow.equals("update")) {
                assertThat(routing.answer(request).author()).isEqualTo("small");
            } else {
                assertThatThrownBy(() -> routing.answer(request)).isInstanceOf(DeadlineExceededException.class);
                assertThat(small.calls()).isZero();
            }
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
        assertThat(interrupted).containsExactly("look-up", "update");
    }

    @Test
    void aStoreThatThrowsBreaksNoCall() {
        SessionStore broken = new SessionStore() {
            @Override
            public Optional<Affinity> find(SessionKey key) {
                throw new IllegalStateException("connection lost");
            }

            @Override
            public void update(SessionKey key, Function<@Nullable Affinity, Affinity> change) {
                throw new IllegalStateException("connection lost");
            }
        };
        Routing routing = build(Stickiness.within(broken), small, large);
        PrintStream usual = System.err;
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
        try {
            for (ScriptedEndpoint proposed : List.of(small, large, small)) {
                next = Choice.of(proposed, "so");
                assertThat(routing.answer(asking("?", "secret id")).author()).isEqualTo(proposed.id());
            }
        } finally {
            System.setErr(usual);
        }
        assertThat(logged.toString(StandardCharsets.UTF_8))
                .containsOnlyOnce("WARN")
                .contains("Session store of tutor threw at a look-up; the call is routed as without a session")
                .contains("connection lost")
                .doesNotContain("secret id");
    }

    @Test
    @SuppressWarnings("NullAway") // a store of somebody's own that returns null
    void aStoreThatReturnsNullBreaksNoCall() {
        SessionStore broken = new SessionStore() {
            @Override
            public Optional<Affinity> find(SessionKey key) {
                return null;
            }

            @Override
            public void update(SessionKey key, Function<@Nullable Affinity, Affinity> change) {
                assertThat(change.apply(null).endpoint()).isEqualTo("small");
            }
        };
        next = Choice.of(small, "so");
        assertThat(build(Stickiness.within(broken), small, large)
                        .answer(asking("?", "s"))
                        .author())
                .isEqualTo("small");
    }

    @Test
    void anEndpointThatIsNoMemberIsForgottenAtTheNextAnswer() {
        Map<SessionKey, Affinity> map = new ConcurrentHashMap<>();
        SessionKey key = new SessionKey(null, "s", "tutor");
        map.put(key, new Affinity("retired", NOON, 3, 9, "small", 1, List.of(new Affinity.Caller("x", "retired"))));
        SessionStore store = new SessionStore() {
            @Override
            public Optional<Affinity> find(SessionKey asked) {
                return Optional.ofNullable(map.get(asked));
            }

            @Override
            public void update(SessionKey asked, Function<@Nullable Affinity, Affinity> change) {
                map.compute(asked, (same, before) -> change.apply(before));
            }
        };
        next = Choice.of(small, "so");
        Reply reply = build(Stickiness.within(store), small, large).answer(looked("look", "s"));
        assertThat(reply.author()).isEqualTo("small");
        assertThat(reply.trace().toString()).contains("chose small: so");
        Affinity now = map.get(key);
        assertThat(now).isNotNull();
        assertThat(now.endpoint()).isEqualTo("small");
        assertThat(now.turns()).isOne();
    }

    // --- what cannot be said

    @Test
    void refusesWhatMakesNoSense() {
        Stickiness usual = Stickiness.within(sessions);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> usual.switchAfter(0))
                .withMessageContaining("1 or more");
        assertThatIllegalArgumentException().isThrownBy(() -> usual.switchAtOnceFrom(Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> usual.expectingCacheFor(Duration.ofSeconds(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> usual.expectingCacheFrom(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> new CachedPrompt("small", -1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Affinity("small", NOON, 1, 0, "large", 0, List.of()))
                .withMessageContaining("challenger");
        assertThatIllegalArgumentException().isThrownBy(() -> Affinity.first("small", NOON, -1));
        assertThatIllegalStateException()
                .isThrownBy(() -> Routing.among(small).sticky(usual).stickyWithin(sessions))
                .withMessageContaining("sticky already");
    }

    @Test
    void remembersTheNewestCallersOnly() {
        next = Choice.of(small, "easy");
        for (int i = 0; i < 20; i++) {
            tutor.answer(asking("look " + i, "s"));
        }
        List<Affinity.Caller> callers = remembered().orElseThrow().callers();
        assertThat(callers).hasSize(8);
        assertThat(callers.get(0).calls()).isEqualTo(new ToolExchange(call("look 19")).fingerprint());
    }

    private static ScriptedEndpoint remote(String id) {
        return ScriptedEndpoint.named(id)
                .profile(ModelProfile.remote().can(ModelCapability.TOOLS).build())
                .says("from afar")
                .build();
    }

    private Reply proposing(ModelEndpoint endpoint) {
        next = Choice.of(endpoint, "it is hard");
        return tutor.answer(asking("?", "s"));
    }

    private static Request at(Instant time, String prompt) {
        return asking(prompt, "s").clock(Clock.fixed(time, ZoneOffset.UTC));
    }

    private Optional<Affinity> remembered() {
        return sessions.find(new SessionKey(null, "s", "tutor"));
    }

    private Optional<CachedPrompt> cached() {
        return seen.evidence().get(CachedPrompt.KEY);
    }
}
