package io.github.tandem4j.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.Budget;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Trace;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FusionTest {

    private static ScriptedEndpoint saying(String id, String text) {
        return ScriptedEndpoint.saying(id, text);
    }

    private static ScriptedEndpoint busy(String id) {
        return ScriptedEndpoint.named(id)
                .fails(() -> new TransientException(id + " is busy", null))
                .build();
    }

    private static ScriptedEndpoint waiting(String id) {
        return ScriptedEndpoint.named(id).waits().build();
    }

    @Test
    void theMajorityAnswersWordForWord() {
        RecordingSink sink = new RecordingSink();
        Reply reply = Fusion.of(saying("a", "Lyon"), saying("b", "Paris."), saying("c", " paris"))
                .byVote()
                .build()
                .answer(Request.of("?"), sink);
        assertThat(reply.text()).isEqualTo("Paris.").isEqualTo(sink.text());
        assertThat(reply.author()).isEqualTo("b");
        assertThat(reply.confidence().toString()).isEqualTo("share of voices that agree 0.667");
        assertThat(reply.cost().calls()).isEqualTo(3);
        assertThat(reply.trace().toString()).contains("fused 3 answers: 2 of 3 agree");
    }

    @Test
    void membersWorkAtTheSameTime() {
        CyclicBarrier together = new CyclicBarrier(3);
        List<ModelEndpoint> members = List.of("a", "b", "c").stream()
                .map(id -> ModelEndpoint.of(id, ModelProfile.local().build(), (chat, context, tokens) -> {
                    together.await();
                    return ScriptedAnswer.of("met").complete(chat, context, TokenSink.NONE);
                }))
                .toList();
        assertThat(Fusion.of(members).quorum(3).build().answer("?").text()).isEqualTo("met");
    }

    @Test
    void eachMemberHasItsOwnShareOfTheBudget() {
        List<ModelEndpoint> members = List.of("a", "b", "c", "d").stream()
                .map(id -> (ModelEndpoint) ScriptedEndpoint.named(id)
                        .countsPromptsAs(TokenCount.exactly(10))
                        .says(ScriptedAnswer.of("yes").using(10, 15))
                        .build())
                .toList();
        Budget budget = Budget.ofTokens(120); // thirty each: a prompt of ten and a completion of up to twenty
        Reply reply =
                Fusion.of(members).quorum(4).build().answer(Request.of("?").within(budget));
        assertThat(reply.cost().calls()).isEqualTo(4);
        assertThat(budget.remainingTokens()).hasValue(20);
        members.forEach(
                member -> assertThat(((ScriptedEndpoint) member).asked().get(0).maxOutputTokens())
                        .isEqualTo(20));
    }

    @Test
    void refusalAgreesWithAnswerOnWhatASharedBudgetCovers() {
        Fusion fusion = Fusion.of(saying("a", "x"), saying("b", "x")).build();
        Request request = Request.of("hi").useAtMostTokens(50); // enough for one, not for two
        assertThat(saying("a", "x").refusal(request)).isEmpty();
        assertThat(fusion.refusal(request)).isPresent();
        assertThatThrownBy(() -> fusion.answer(request))
                .isInstanceOf(fusion.refusal(request).orElseThrow().getClass());
    }

    @Test
    void failsBelowTheQuorumAndCountsWhoAnswered() {
        NoAnswerException failure = catchThrowableOfType(
                NoAnswerException.class,
                () -> Fusion.of(
                                saying("a", "x"),
                                busy("b"),
                                ScriptedEndpoint.named("c")
                                        .fails(() -> new RejectedRequestException("c declines"))
                                        .build())
                        .quorum(2)
                        .build()
                        .answer("?"));
        assertThat(failure)
                .hasMessageContaining("fusion needs 2 answers of 3")
                .hasMessageContaining("b is busy")
                .hasMessageContaining("c declines");
        assertThat(failure.isRetriable()).isTrue();
        assertThat(failure).hasCauseInstanceOf(TransientException.class);
        assertThat(failure.getSuppressed()).hasSize(1);
        assertThat(failure.trace().orElseThrow().children()).hasSize(3);
    }

    @Test
    void stopsTheOthersAsSoonAsTheQuorumIsOutOfReachWhoeverFailsFirst() {
        // The first member would wait for ever: it is stopped because of those behind it.
        TransientException failure = catchThrowableOfType(
                TransientException.class,
                () -> Fusion.of(waiting("slow"), busy("b"), busy("c"))
                        .quorum(2)
                        .build()
                        .answer("?"));
        assertThat(failure).message().contains("is busy");
        Trace slow = failure.trace().orElseThrow().find("slow").orElseThrow();
        assertThat(slow.failure()).contains("too few others of fusion can still answer");
    }

    @Test
    void whatMissingAnswersMeanIsTheCallersChoice() {
        List<ModelEndpoint> members = List.of(saying("a", "x"), saying("b", "x"), busy("c"));
        assertThat(Fusion.of(members).build().answer("?").confidence().value()).isEqualTo(1);
        assertThat(Fusion.of(members)
                        .whenAnswersAreMissing(MissingAnswers.COUNT_AS_DISSENT)
                        .build()
                        .answer("?")
                        .confidence()
                        .toString())
                .isEqualTo("share of voices that agree 0.667");
        assertThatThrownBy(() -> Fusion.of(members)
                        .whenAnswersAreMissing(MissingAnswers.FAIL)
                        .build()
                        .answer("?"))
                .isInstanceOf(TransientException.class)
                .hasMessage("c is busy");
    }

    @Test
    void aPassedDeadlineCountsThoseWhoHaveAnsweredAndFailsBelowTheQuorum() {
        Request request = Request.of("?").deadline(Duration.ofMillis(150));
        Fusion.Builder fusion = Fusion.of(saying("a", "x"), waiting("b"));
        assertThat(fusion.build().answer(request).author()).isEqualTo("a");
        assertThatThrownBy(() -> Fusion.of(saying("a", "x"), waiting("b"))
                        .quorum(2)
                        .build()
                        .answer(Request.of("?").deadline(Duration.ofMillis(150))))
                .isInstanceOf(DeadlineExceededException.class);
    }

    @Test
    void aDeadlineHoldsEvenWhereTheExecutorNeverRunsAMember() {
        assertThatThrownBy(() -> Fusion.of(saying("a", "x"), saying("b", "x"))
                        .build()
                        .answer(Request.of("?").executor(task -> {}).deadline(Duration.ofMillis(50))))
                .isInstanceOf(DeadlineExceededException.class);
    }

    @Test
    void anInterruptStopsEveryMemberAndNoCostIsLost() throws Exception {
        ScriptedEndpoint slow = waiting("slow");
        ScriptedEndpoint quick = saying("quick", "x");
        Budget budget = Budget.ofTokens(10_000);
        CompletableFuture<CallCancelledException> failure = new CompletableFuture<>();
        Thread thread = new Thread(() -> failure.complete(catchThrowableOfType(
                CallCancelledException.class,
                () -> Fusion.of(slow, quick).build().answer(Request.of("?").within(budget)))));
        thread.start();
        slow.awaitCall();
        quick.awaitCall();
        thread.interrupt();
        thread.join();
        Trace trace = failure.get().trace().orElseThrow();
        assertThat(trace.children()).hasSize(2);
        assertThat(budget.remainingTokens()).hasValue(10_000 - trace.cost().tokens());
    }

    @Test
    void aMemberThatBreaksTheContractIsOneThatFailed() {
        Reply reply = Fusion.of(new Lawless("throws"), saying("b", "x"), new Lawless("null"))
                .build()
                .answer("?");
        assertThat(reply.author()).isEqualTo("b");
        assertThat(reply.trace().find("throws").orElseThrow().failure()).contains("endpoint throws threw");
        assertThat(reply.trace().find("null").orElseThrow().failure()).contains("endpoint null returned null");
    }

    @Test
    void anErrorIsNoVoteThatWentMissing() {
        ScriptedEndpoint broken = ScriptedEndpoint.named("broken")
                .plays((chat, context, tokens) -> {
                    throw new LinkageError("a library is missing");
                })
                .build();
        assertThatThrownBy(() -> Fusion.of(broken, saying("b", "x")).build().answer("?"))
                .isInstanceOf(LinkageError.class);
    }

    @Test
    void anErrorDoesNotLoseTheInterruptThatCameBesideIt() throws Exception {
        CountDownLatch failed = new CountDownLatch(1);
        ScriptedEndpoint broken = ScriptedEndpoint.named("broken")
                .plays((chat, context, tokens) -> {
                    failed.countDown();
                    throw new LinkageError("a library is missing");
                })
                .build();
        ScriptedEndpoint slow = waiting("slow");
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            assertThatThrownBy(() -> Fusion.of(slow, broken).build().answer("?"))
                    .isInstanceOf(LinkageError.class);
            interrupted.complete(Thread.currentThread().isInterrupted());
        });
        thread.start();
        slow.awaitCall();
        failed.await();
        thread.interrupt();
        thread.join();
        assertThat(interrupted).isCompletedWithValue(true);
    }

    @Test
    void aMemberWhoseOwnThreadIsInterruptedIsTheReasonWhyThereIsNoAnswer() {
        ScriptedEndpoint broken = ScriptedEndpoint.named("broken")
                .fails(() -> new InterruptedException("its pool shuts down"))
                .build();
        NoAnswerException failure = catchThrowableOfType(
                NoAnswerException.class,
                () -> Fusion.of(waiting("slow"), broken).quorum(2).build().answer("?"));
        assertThat(failure)
                .hasMessage("broken was stopped, and not by its call: call of broken was interrupted")
                .hasCauseInstanceOf(CallCancelledException.class);
        assertThat(failure.getSuppressed())
                .as("what was stopped because of it explains nothing")
                .isEmpty();
        Reply reply = Fusion.of(broken, saying("b", "x")).build().answer("?");
        assertThat(reply.author()).isEqualTo("b");
    }

    @Test
    void aBlankAnswerIsAVoiceThatAgreesWithNobody() {
        Reply reply = Fusion.of(saying("one", ""), saying("two", " \u00a0"), saying("three", "Paris"))
                .build()
                .answer("?");
        assertThat(reply.author()).isEqualTo("three");
        assertThat(reply.confidence().toString()).isEqualTo("share of voices that agree 0.333");
        assertThat(reply.trace().toString()).contains("1 of 3 agree, 2 blank");
    }

    @Test
    void aFuserMayMakeANewAnswer() {
        Reply reply = Fusion.of(saying("a", "one"), saying("b", "two"))
                .by((request, answers) -> Fused.made(
                        ChatResponse.builder()
                                .aiMessage(
                                        AiMessage.from(answers.replies().get(0).text() + " and "
                                                + answers.replies().get(1).text()))
                                .build(),
                        "joined",
                        Confidence.unknown()))
                .named("blend")
                .build()
                .answer("?");
        assertThat(reply.text()).isEqualTo("one and two");
        assertThat(reply.author()).isEqualTo("blend");
    }

    @Test
    @SuppressWarnings("NullAway") // fusers that return null are the point
    void namesAFuserThatThrowsOrReturnsNull() {
        PluginException thrown = catchThrowableOfType(
                PluginException.class,
                () -> Fusion.of(saying("a", "x"), saying("b", "x"))
                        .by((request, answers) -> {
                            throw new IllegalStateException("fuser's own fault");
                        })
                        .build()
                        .answer("?"));
        assertThat(thrown).hasMessageContaining("fuser of fusion threw").hasMessageContaining("own fault");
        assertThat(thrown.trace().orElseThrow().cost().calls()).isEqualTo(2);
        assertThatThrownBy(() -> Fusion.of(saying("a", "x"))
                        .by((request, answers) -> null)
                        .build()
                        .answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("fuser of fusion returned null");
    }

    @Test
    void cannotBuildWithoutMembersOrWithAnImpossibleQuorum() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fusion.of(List.of()).build())
                .withMessageContaining("no members");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fusion.of(saying("a", "x")).quorum(0))
                .withMessageContaining("quorum is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fusion.of(saying("a", "x")).quorum(2).build())
                .withMessageContaining("valid is 1 to 1");
    }

    @Test
    void anAnswerThatWasCutIsAVoiceThatAgreesWithNobody() {
        ModelEndpoint one = cut("one", "Paris");
        ModelEndpoint two = cut("two", "Paris");
        Reply reply = Fusion.of(one, two, saying("whole", "paris")).build().answer("?");
        assertThat(reply.author()).isEqualTo("whole");
        assertThat(reply.confidence().toString()).isEqualTo("share of voices that agree 0.333");
        assertThat(reply.trace().toString()).contains("1 of 3 agree, 2 cut");
        Reply allCut = Fusion.of(one, two).build().answer("?");
        assertThat(allCut.author()).isEqualTo("one");
        assertThat(allCut.confidence().value()).isZero();
    }

    private static ModelEndpoint cut(String id, String text) {
        return ScriptedEndpoint.named(id)
                .says(ScriptedAnswer.of(text).endingBy(FinishReason.LENGTH))
                .build();
    }

    @Test
    void stoppingIsHeardByAMemberThatIsDeafToInterrupts() {
        CountDownLatch stopped = new CountDownLatch(1);
        ModelEndpoint deaf = ModelEndpoint.of("slow", ModelProfile.local().build(), (chat, context, tokens) -> {
            try (var registration = context.onCancel(stopped::countDown)) {
                assertThat(registration).isNotNull();
                while (stopped.getCount() > 0) {
                    Thread.onSpinWait();
                }
                throw new IOException("closed");
            }
        });
        assertThatThrownBy(() -> Fusion.of(deaf, busy("b")).quorum(2).build().answer("?"))
                .isInstanceOf(TransientException.class)
                .hasMessage("b is busy");
    }

    /** An endpoint of somebody's own that keeps no contract. */
    private static final class Lawless implements ModelEndpoint {

        private final String id;

        Lawless(String id) {
            this.id = id;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public ModelProfile profile() {
            return ModelProfile.local().build();
        }

        @Override
        public Reply answer(Request request, TokenSink tokens) {
            throw new UnsupportedOperationException("only asynchronous");
        }

        @Override
        @SuppressWarnings("NullAway") // that is what is wrong with it
        public CompletableFuture<Reply> answerAsync(Request request) {
            if (id.equals("null")) {
                return null;
            }
            throw new IllegalStateException("not today");
        }

        @Override
        public Optional<io.github.tandem4j.TandemException> refusal(Request request) {
            return Optional.empty();
        }
    }

    @Test
    void canDoWhatEnoughOfItsMembersCan() {
        ModelEndpoint seeing = ScriptedEndpoint.named("seeing")
                .profile(ModelProfile.local().can(ModelCapability.IMAGES).build())
                .says("a cat")
                .build();
        ModelEndpoint alsoSeeing = ScriptedEndpoint.named("also seeing")
                .profile(ModelProfile.local().can(ModelCapability.IMAGES).build())
                .says("a cat")
                .build();
        Fusion.Builder all = Fusion.of(seeing, alsoSeeing, saying("blind", "what?"));
        assertThat(all.quorum(2).build().profile().can(ModelCapability.IMAGES)).isTrue();
        assertThat(all.quorum(3).build().profile().can(ModelCapability.IMAGES)).isFalse();
        assertThat(all.quorum(1)
                        .whenAnswersAreMissing(MissingAnswers.FAIL)
                        .build()
                        .profile()
                        .can(ModelCapability.IMAGES))
                .isFalse();
    }
}
