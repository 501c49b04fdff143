package io.github.tandem4j.cascade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.Ballot;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Decision;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A cascade in which stages are skipped, earlier answers seen, and one policy decides for all. */
@Timeout(60)
class StagePolicyTest {

    private final ScriptedEndpoint small = ScriptedEndpoint.saying("small", "says small");
    private final ScriptedEndpoint medium = ScriptedEndpoint.saying("medium", "says medium");
    private final ScriptedEndpoint large = ScriptedEndpoint.saying("large", "says large");

    /** Begins and goes on as it is told, and keeps what it was not told of. */
    private static StagePolicy route(String begin, String... fromTo) {
        return new StagePolicy() {
            @Override
            public Verdict begin(Request request) {
                return begin.isEmpty() ? Verdict.defer("first") : Verdict.deferTo(begin, "told so");
            }

            @Override
            public Verdict judge(Request request, String stage, Reply reply) {
                for (int i = 0; i < fromTo.length; i += 2) {
                    if (fromTo[i].equals(stage)) {
                        return Verdict.deferTo(fromTo[i + 1], "told so");
                    }
                }
                return Verdict.keep("told nothing");
            }
        };
    }

    private Cascade decidedBy(StagePolicy policy) {
        return Cascade.of(small, medium, large).decidedBy(policy).build();
    }

    @Test
    void aRuleMaySkipAStage() {
        RecordingSink sink = new RecordingSink();
        Reply reply = Cascade.startingWith(small)
                .keepWhen((request, answer) -> Verdict.deferTo("large", "too hard"))
                .deferTo(medium)
                .keepWhen((request, answer) -> Verdict.keep("fine"))
                .deferTo(large)
                .build()
                .answer(Request.of("?"), sink);
        assertThat(reply.author()).isEqualTo("large");
        assertThat(medium.calls()).isZero();
        assertThat(sink.text()).as("nothing is taken back").isEqualTo("says large");
        assertThat(reply.trace().decisions())
                .extracting(Decision::toString)
                .containsExactly("deferred to large: too hard");
        assertThat(reply.cost().calls()).isEqualTo(2);
    }

    @Test
    void aRuleThatDecidesEarlyMaySkipToo() {
        DeferralRule early = new DeferralRule() {
            @Override
            public Verdict judge(Request request, Reply reply) {
                return Verdict.deferTo("large", "heard enough");
            }

            @Override
            public RunningJudge whileAnswering(Request request) {
                return (text, scores) -> Optional.of(Verdict.deferTo("large", "heard enough"));
            }
        };
        ScriptedEndpoint slow = ScriptedEndpoint.named("slow")
                .says(ScriptedAnswer.of("one two three four").withTokenProbabilities(0.5))
                .build();
        for (boolean streamed : new boolean[] {true, false}) {
            Cascade cascade = Cascade.startingWith(slow)
                    .keepWhen(early)
                    .deferTo(medium)
                    .keepWhen((request, answer) -> Verdict.keep("fine"))
                    .deferTo(large)
                    .build();
            Reply reply =
                    streamed ? cascade.answer(Request.of("?"), new RecordingSink()) : cascade.answer(Request.of("?"));
            assertThat(reply.author()).isEqualTo("large");
            assertThat(reply.trace().toString()).contains("deferred early to large: heard enough");
        }
        assertThat(medium.calls()).isZero();
    }

    @Test
    void aStageThatIsNotALaterOneIsTheRulesFault() {
        assertThatThrownBy(() -> decidedBy(route("", "small", "small")).answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("defers to small; valid is one of the later stages [medium, large]");
        assertThatThrownBy(() -> decidedBy(route("giant")).answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("giant");
        assertThatIllegalArgumentException().isThrownBy(() -> Verdict.deferTo("", "nowhere"));
    }

    @Test
    void thePolicyChoosesWhereToBeginGoOnAndStop() {
        assertThat(decidedBy(route("")).answer("?").author()).isEqualTo("small");
        assertThat(decidedBy(route("medium")).answer("?").author()).isEqualTo("medium");
        Reply reply = decidedBy(route("large")).answer("?");
        assertThat(reply.author()).isEqualTo("large");
        assertThat(reply.trace().toString()).contains("begins with large: told so");
        assertThat(decidedBy(route("", "small", "large")).answer("?").author()).isEqualTo("large");
        assertThat(small.calls()).isEqualTo(2);
        assertThat(medium.calls()).isEqualTo(1);
    }

    @Test
    void aPolicyThatKeepsNothingIsRefused() {
        StagePolicy keeps = new StagePolicy() {
            @Override
            public Verdict begin(Request request) {
                return Verdict.keep("what?");
            }

            @Override
            public Verdict judge(Request request, String stage, Reply reply) {
                return Verdict.keep("fine");
            }
        };
        assertThatThrownBy(() -> decidedBy(keeps).answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("before there was one");
    }

    @Test
    void whereTheChosenBeginningCannotTakeTheRequestAnotherStageDoes() {
        ModelEndpoint local = ModelEndpoint.of(
                "local", ModelProfile.local().build(), (chat, context, tokens) -> Completion.of("here"));
        ModelEndpoint remote = ModelEndpoint.of(
                "large", ModelProfile.remote().build(), (chat, context, tokens) -> Completion.of("there"));
        Cascade cascade = Cascade.of(local, remote).decidedBy(route("large")).build();
        Request secret = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        assertThat(cascade.refusal(secret)).isEmpty();
        Reply reply = cascade.answer(secret);
        assertThat(reply.author()).isEqualTo("local");
        assertThat(reply.trace().toString()).contains("skipped no stage: none from large on can take the request");
    }

    @Test
    void whereNoneFromTheNamedStageOnCanTakeTheRequestASkippedOneIsAsked() {
        ModelEndpoint remote = ModelEndpoint.of(
                "large", ModelProfile.remote().build(), (chat, context, tokens) -> Completion.of("there"));
        Request secret = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        ModelEndpoint tiny = ScriptedEndpoint.named("tiny")
                .profile(ModelProfile.local().build())
                .says("says tiny")
                .build();
        ModelEndpoint middle = ScriptedEndpoint.named("middle")
                .profile(ModelProfile.local().build())
                .says("says middle")
                .build();
        Cascade cascade = Cascade.of(tiny, middle, remote)
                .decidedBy(route("", "tiny", "large"))
                .build();
        Reply reply = cascade.answer(secret);
        assertThat(reply.author()).isEqualTo("middle");
        assertThat(reply.trace().decisions())
                .extracting(Decision::toString)
                .containsExactly(
                        "deferred to large: told so",
                        "skipped no stage: none from large on can take the request, and an earlier one can",
                        "kept: told nothing");
        assertThat(cascade.answer("?").author()).as("where it can be asked").isEqualTo("large");
    }

    @Test
    void earlierAnswersAreSeenByRulesAndNotByStages() {
        List<String> seen = new ArrayList<>();
        DeferralRule agreement = (request, reply) -> {
            EarlierAnswers earlier = EarlierAnswers.of(request);
            seen.add(
                    earlier.answers().stream().map(EarlierAnswers.Answer::stage).toList() + " before "
                            + reply.author());
            return earlier.last()
                            .filter(last -> Ballot.of(last.reply()).equals(Ballot.of(reply)))
                            .isPresent()
                    ? Verdict.keep("two agree")
                    : Verdict.defer("nobody agrees");
        };
        ScriptedEndpoint alike = ScriptedEndpoint.saying("alike", "Says small.");
        Reply reply = Cascade.startingWith(small)
                .keepWhen(agreement)
                .deferTo(alike)
                .keepWhen(agreement)
                .deferTo(large)
                .build()
                .answer("?");
        assertThat(reply.author()).isEqualTo("alike");
        assertThat(seen).containsExactly("[] before small", "[small] before alike");
        assertThat(large.calls()).isZero();
    }

    @Test
    void aRuleThatHearsTheAnswerSeesTheEarlierOnesToo() {
        List<Boolean> sawOne = new ArrayList<>();
        DeferralRule listening = new DeferralRule() {
            @Override
            public Verdict judge(Request request, Reply reply) {
                return Verdict.defer("never");
            }

            @Override
            public RunningJudge whileAnswering(Request request) {
                sawOne.add(EarlierAnswers.of(request).of("small").isPresent());
                return new RunningJudge() {
                    @Override
                    public Optional<Verdict> hear(String text, TokenScores scores) {
                        return Optional.empty();
                    }
                };
            }
        };
        Cascade.startingWith(small)
                .keepWhen((request, reply) -> Verdict.defer("go on"))
                .deferTo(medium)
                .keepWhen(listening)
                .deferTo(large)
                .build()
                .answer("?");
        assertThat(sawOne).isNotEmpty().containsOnly(true);
    }

    @Test
    void aPolicysStagesMayBeFollowedByARulesStage() {
        ScriptedEndpoint giant = ScriptedEndpoint.saying("giant", "says giant");
        Reply reply = Cascade.of(small, medium)
                .decidedBy(route("medium"))
                .keepWhen((request, answer) -> Verdict.defer("not sure"))
                .deferTo(giant)
                .build()
                .answer("?");
        assertThat(reply.author()).isEqualTo("giant");
        assertThat(small.calls()).isZero();
    }

    @Test
    void aSkippedStageIsNotReturnedToAndFailuresAreAsBefore() {
        ScriptedEndpoint broken = ScriptedEndpoint.named("broken")
                .fails(() -> new TransientException("broken is busy", null))
                .build();
        Cascade.Builder builder = Cascade.of(small, medium, broken).decidedBy(route("", "small", "broken"));
        assertThatThrownBy(() ->
                        builder.whenAStageFails(StageFailure.DEFER).build().answer("?"))
                .isInstanceOfAny(TransientException.class, NoAnswerException.class)
                .hasMessageContaining("broken is busy");
        Reply kept = builder.whenAStageFails(StageFailure.DEFER_OR_KEEP).build().answer("?");
        assertThat(kept.author()).isEqualTo("small");
        assertThat(medium.calls()).isZero();
    }

    @Test
    void aPolicyIsToldOfItsStagesAtBuild() {
        List<String> told = new ArrayList<>();
        StagePolicy picky = new StagePolicy() {
            @Override
            public Verdict begin(Request request) {
                return Verdict.defer("first");
            }

            @Override
            public Verdict judge(Request request, String stage, Reply reply) {
                return Verdict.keep("fine");
            }

            @Override
            public void requireStages(String cascade, List<ModelEndpoint> stages) {
                stages.forEach(stage -> told.add(cascade + " " + stage.id()));
            }
        };
        Cascade.of(small, large).decidedBy(picky).named("pair").build();
        assertThat(told).containsExactly("pair small", "pair large");
        assertThatIllegalArgumentException().isThrownBy(() -> Cascade.of(small)).withMessageContaining("two or more");
    }
}
