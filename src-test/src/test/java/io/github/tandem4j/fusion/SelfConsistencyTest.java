package io.github.tandem4j.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.Budget;
import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.Completion;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Price;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.Trace;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SelfConsistencyTest {

    private static ScriptedEndpoint saying(String... texts) {
        return ScriptedEndpoint.named("small").says(texts).build();
    }

    /** One after the other, so that a script's turns are its samples in order. */
    private static SelfConsistency.Builder inSequence(ScriptedEndpoint member) {
        return SelfConsistency.of(member).atOnce(1);
    }

    private static List<String> roles(Trace trace) {
        return trace.children().stream().map(Trace::role).toList();
    }

    // --- the answer

    @Test
    void theFirstOfTheMajorityAnswersWordForWordWithItsOwnEvidence() {
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .says("Lyon")
                .says(ScriptedAnswer.of("Paris.").withTokenProbabilities(0.5))
                .says("Nice", "paris", "**Paris**")
                .build();
        RecordingSink sink = new RecordingSink();
        Reply reply = inSequence(small).build().answer(Request.of("?"), sink);
        assertThat(reply.text()).isEqualTo("Paris.");
        assertThat(sink.pieces()).containsExactly("Paris.");
        assertThat(reply.author()).isEqualTo("small");
        assertThat(reply.confidence().toString()).isEqualTo("share of samples that agree 0.600");
        assertThat(reply.evidence().get(EvidenceKey.TOKEN_SCORES)).isPresent();
        assertThat(reply.cost().calls()).isEqualTo(5);
        assertThat(roles(reply.trace()))
                .containsExactly("sample 1 of 5", "sample 2 of 5", "sample 3 of 5", "sample 4 of 5", "sample 5 of 5");
        assertThat(reply.trace().decisions().get(0)).hasToString("drew 5 samples: 3 agree");
    }

    @Test
    void stopsAsSoonAsTheMajorityIsThere() {
        ScriptedEndpoint small = saying("Paris");
        Reply reply = SelfConsistency.of(small).build().answer("?");
        assertThat(small.calls()).isEqualTo(3);
        assertThat(reply.confidence().value()).isEqualTo(0.6);
        assertThat(reply.cost().calls()).isEqualTo(3);
        assertThat(reply.trace().decisions().get(0)).hasToString("stopped after 3 of 5 samples: 3 agree");
    }

    @Test
    void aNamedShareIsDrawnForOnlyAsLongAsItCanBeReached() {
        ScriptedEndpoint agreeing = saying("Paris");
        assertThat(inSequence(agreeing)
                        .stopAtAgreement(1)
                        .build()
                        .answer("?")
                        .confidence()
                        .value())
                .isEqualTo(1);
        assertThat(agreeing.calls()).isEqualTo(5);
        ScriptedEndpoint torn = saying("Paris", "Lyon");
        assertThat(inSequence(torn)
                        .stopAtAgreement(1)
                        .build()
                        .answer("?")
                        .confidence()
                        .value())
                .isEqualTo(0.2);
        assertThat(torn.calls()).isEqualTo(2);
    }

    @Test
    void samplesThatAreNeededAnywayAreDrawnAtOnce() {
        CyclicBarrier together = new CyclicBarrier(3);
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .plays((chat, context, tokens) -> {
                    together.await();
                    return Completion.of("met");
                })
                .build();
        assertThat(SelfConsistency.of(small).build().answer("?").text()).isEqualTo("met");
        assertThat(small.calls()).isEqualTo(3);
    }

    @Test
    void comparesWhatTheCallerReads() {
        ScriptedEndpoint small = saying("By hand:\n42", "By heart:\n42", "By head:\n42");
        Reply whole = inSequence(small).samples(3).build().answer("?");
        assertThat(whole.confidence().toString()).isEqualTo("share of samples that agree 0.333");
        Reply lines = inSequence(saying("By hand:\n42", "By heart:\n42", "By head:\n42"))
                .samples(3)
                .comparing(reply -> reply.text().substring(reply.text().lastIndexOf('\n')))
                .build()
                .answer("?");
        assertThat(lines.text()).isEqualTo("By hand:\n42");
        assertThat(lines.trace().decisions().get(0)).hasToString("stopped after 2 of 3 samples: 2 agree");
        assertThatThrownBy(() -> SelfConsistency.of(saying("x"))
                        .comparing(reply -> {
                            throw new IllegalStateException("reading's own fault");
                        })
                        .build()
                        .answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("reading of self-consistency threw");
    }

    @Test
    void toolCallsAreComparedAndNotTheEmptyTextBesideThem() {
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .plays((chat, context, tokens) -> calling("{\"city\": \"Oslo\", \"days\": 2}"))
                .plays((chat, context, tokens) -> calling("{\"city\": \"Bergen\", \"days\": 2}"))
                .plays((chat, context, tokens) -> calling("{\"days\": 2, \"city\": \"Oslo\"}"))
                .build();
        Reply reply = inSequence(small).samples(3).build().answer("?");
        assertThat(reply.trace().decisions().get(0)).hasToString("drew 3 samples: 2 agree");
        assertThat(reply.response().aiMessage().toolExecutionRequests().get(0).arguments())
                .startsWith("{\"city\": \"Oslo\"");
    }

    private static Completion calling(String arguments) {
        return Completion.of(ChatResponse.builder()
                .aiMessage(AiMessage.from(ToolExecutionRequest.builder()
                        .name("weather")
                        .arguments(arguments)
                        .build()))
                .build());
    }

    @Test
    void aSampleThatWasCutAgreesWithNone() {
        ScriptedAnswer cut = ScriptedAnswer.of("Paris").endingBy(FinishReason.LENGTH);
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .says(cut)
                .says("Lyon")
                .says(cut)
                .says("Paris")
                .says(cut)
                .build();
        Reply reply = inSequence(small).build().answer("?");
        assertThat(reply.text()).isEqualTo("Lyon");
        assertThat(reply.trace().decisions().get(0)).hasToString("drew 5 samples: 1 agree, 3 cut");
        Reply allCut = SelfConsistency.of(
                        ScriptedEndpoint.named("small").says(cut).build())
                .build()
                .answer("?");
        assertThat(allCut.text()).isEqualTo("Paris");
        assertThat(allCut.confidence().value()).isZero();
        assertThat(allCut.confidence().isKnown()).isTrue();
    }

    @Test
    void aBlankSampleAgreesWithNone() {
        Reply reply =
                inSequence(saying("", " ", "Paris", "\n", "Paris")).build().answer("?");
        assertThat(reply.text()).isEqualTo("Paris");
        assertThat(reply.confidence().value()).isEqualTo(0.4);
        assertThat(reply.trace().decisions().get(0)).hasToString("drew 5 samples: 2 agree, 3 blank");
        Reply unread = inSequence(saying("I do not know", "Nor do I", "42"))
                .samples(3)
                .comparing(answer -> answer.text().replaceAll("\\D", ""))
                .build()
                .answer("?");
        assertThat(unread.text()).as("the only one of which anything was read").isEqualTo("42");
    }

    @Test
    void whereNoSampleHasAVoteTheFirstThatSaysAnythingAnswers() {
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .says("")
                .says(ScriptedAnswer.of("Par").endingBy(FinishReason.LENGTH))
                .build();
        Reply reply = inSequence(small).samples(2).build().answer("?");
        assertThat(reply.text()).isEqualTo("Par");
        assertThat(reply.confidence().value()).isZero();
        assertThat(inSequence(saying("")).build().answer("?").text()).isEmpty();
    }

    // --- how it samples

    @Test
    void itsTemperatureReplacesTheRequestsAndNothingElse() {
        ScriptedEndpoint small = saying("x");
        ChatRequest chat = ChatRequest.builder()
                .messages(UserMessage.from("?"))
                .temperature(0.0)
                .topP(0.9)
                .maxOutputTokens(7)
                .build();
        SelfConsistency.of(small).temperature(0.8).build().answer(Request.of(chat));
        assertThat(small.asked()).hasSize(3).allSatisfy(asked -> {
            assertThat(asked.messages()).isEqualTo(chat.messages());
            assertThat(asked.temperature()).isEqualTo(0.8);
            assertThat(asked.topP()).isEqualTo(0.9);
            assertThat(asked.maxOutputTokens()).isEqualTo(7);
        });
        ScriptedEndpoint kept = saying("x");
        SelfConsistency.of(kept).keepTemperature().build().answer(Request.of(chat));
        assertThat(kept.asked())
                .hasSize(3)
                .allSatisfy(asked -> assertThat(asked).isEqualTo(chat));
    }

    @Test
    void whatIsKnownOfTheQuestionIsKnownOfItsSamples() {
        EvidenceKey<String> who = EvidenceKey.of("who", String.class);
        ScriptedEndpoint known = saying("known");
        ScriptedEndpoint stranger = ScriptedEndpoint.named("other")
                .profile(ModelProfile.remote().build())
                .says("stranger")
                .build();
        SelfConsistency samples = SelfConsistency.of(Routing.among(known, stranger)
                        .by((request, candidates) ->
                                Choice.of(request.evidence().get(who).isPresent() ? known : stranger, "by who asks"))
                        .build())
                .build();
        assertThat(samples.answer("?").text()).isEqualTo("stranger");
        assertThat(samples.answer(Request.of("?").evidence(who, "Ann")).text()).isEqualTo("known");
        assertThat(stranger.calls()).isEqualTo(3);
    }

    @Test
    void refusesWhatMakesNoSense() {
        SelfConsistency.Builder builder = SelfConsistency.of(saying("x"));
        for (int samples : new int[] {-1, 1, 65}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.samples(samples))
                    .withMessageContaining("valid is 2 to 64");
        }
        for (double value : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatIllegalArgumentException().isThrownBy(() -> builder.temperature(value));
        }
        for (double value : new double[] {0, 1.01, Double.NaN}) {
            assertThatIllegalArgumentException().isThrownBy(() -> builder.stopAtAgreement(value));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> builder.atOnce(0));
        assertThat(builder.samples(64).build().members()).hasSize(1);
    }

    // --- failures

    private static ScriptedEndpoint failingTwice() {
        return ScriptedEndpoint.named("small")
                .says("x")
                .fails(() -> new TransientException("busy", null))
                .fails(() -> new TransientException("busy still", null))
                .says("x")
                .build();
    }

    @Test
    void whatAFailedSampleMeansIsTheCallersChoice() {
        Reply dissent = inSequence(failingTwice()).build().answer("?");
        assertThat(dissent.confidence().value()).isEqualTo(0.6);
        assertThat(dissent.trace().decisions().get(0)).hasToString("drew 5 samples: 3 agree, 2 failed");
        ScriptedEndpoint small = failingTwice();
        Reply leftOut = inSequence(small)
                .whenSamplesFail(MissingAnswers.LEAVE_OUT)
                .build()
                .answer("?");
        assertThat(leftOut.confidence().toString()).isEqualTo("share of samples that agree 0.667");
        assertThat(small.calls()).as("two of three settle it").isEqualTo(4);
        TransientException failure = catchThrowableOfType(
                TransientException.class,
                () -> inSequence(failingTwice())
                        .whenSamplesFail(MissingAnswers.FAIL)
                        .build()
                        .answer("?"));
        assertThat(failure).hasMessage("busy");
        assertThat(failure.trace().orElseThrow().cost().calls())
                .as("what was drawn before it")
                .isOne();
    }

    @Test
    void failsWhereNoSampleAnswers() {
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .fails(() -> new TransientException("busy", null))
                .fails(() -> new RejectedRequestException("declined"))
                .build();
        NoAnswerException failure = catchThrowableOfType(
                NoAnswerException.class,
                () -> inSequence(small).samples(2).build().answer("?"));
        assertThat(failure).hasMessage("samples of self-consistency failed: busy; declined");
        assertThat(failure.trace().orElseThrow().children()).hasSize(2);
    }

    @Test
    void oneFailureStopsTheSamplesBesideItWhereItFailsTheCall() {
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .waits()
                .waits()
                .fails(() -> new TransientException("busy", null))
                .build();
        assertThatThrownBy(() -> SelfConsistency.of(small)
                        .whenSamplesFail(MissingAnswers.FAIL)
                        .build()
                        .answer("?"))
                .isInstanceOf(TransientException.class)
                .hasMessage("busy");
    }

    @Test
    void aSampleWhoseOwnThreadIsInterruptedIsTheReasonWhyThereIsNoAnswer() {
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .fails(() -> new InterruptedException("its pool shuts down"))
                .waits()
                .build();
        assertThatThrownBy(() -> SelfConsistency.of(small)
                        .whenSamplesFail(MissingAnswers.FAIL)
                        .build()
                        .answer("?"))
                .isInstanceOf(NoAnswerException.class)
                .hasMessage("small was stopped, and not by its call: call of small was interrupted")
                .hasRootCauseMessage("its pool shuts down");
    }

    // --- limits

    @Test
    void eachPlannedSampleHasAnEqualShareOfTheBudget() {
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .countsPromptsAs(TokenCount.exactly(10))
                .says(ScriptedAnswer.of("yes").using(10, 15))
                .build();
        Budget budget = Budget.ofTokens(150); // thirty each: a prompt of ten and a completion of up to twenty
        Reply reply = SelfConsistency.of(small).build().answer(Request.of("?").within(budget));
        assertThat(reply.cost().calls()).isEqualTo(3);
        assertThat(budget.remainingTokens()).hasValue(75);
        assertThat(small.asked())
                .allSatisfy(asked -> assertThat(asked.maxOutputTokens()).isEqualTo(20));
    }

    @Test
    void whatEarlierSamplesLeftOverIsSharedByThoseThatAreLeft() {
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .countsPromptsAs(TokenCount.exactly(10))
                .says(ScriptedAnswer.of("a").using(10, 2))
                .says(ScriptedAnswer.of("b").using(10, 2))
                .build();
        inSequence(small).samples(2).build().answer(Request.of("?").useAtMostTokens(60));
        assertThat(small.asked().stream().map(ChatRequest::maxOutputTokens)).containsExactly(20, 38);
    }

    @Test
    void aBudgetThatDoesNotCoverAllPlannedSamplesIsRefusedBeforeTheFirst() {
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .profile(ModelProfile.remote()
                        .price(Price.perMillionTokens("1", "1"))
                        .build())
                .countsPromptsAs(TokenCount.exactly(10))
                .says(ScriptedAnswer.of("yes").using(10, 15))
                .build();
        SelfConsistency five = SelfConsistency.of(small).build();
        for (Request request :
                List.of(Request.of("?").useAtMostTokens(129), Request.of("?").spendAtMost("0.000129"))) {
            assertThat(small.refusal(request)).isEmpty();
            assertThat(five.refusal(request)).containsInstanceOf(BudgetExceededException.class);
            assertThatThrownBy(() -> five.answer(request)).isInstanceOf(BudgetExceededException.class);
        }
        assertThat(small.calls()).isZero();
        assertThat(five.answer(Request.of("?").useAtMostTokens(130)).text()).isEqualTo("yes");
    }

    @Test
    void aBudgetThatSomebodyElseEmptiesMakesSamplesMissing() {
        Budget shared = Budget.ofTokens(200);
        ScriptedEndpoint greedy = ScriptedEndpoint.named("greedy")
                .countsPromptsAs(TokenCount.exactly(10))
                .says(ScriptedAnswer.of("x").using(10, 150))
                .build();
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .countsPromptsAs(TokenCount.exactly(10))
                .plays((chat, context, tokens) -> {
                    greedy.answer(Request.of("?").within(shared));
                    return ScriptedAnswer.of("yes").using(10, 1).complete(chat, context, tokens);
                })
                .build();
        Reply reply = inSequence(small).build().answer(Request.of("?").within(shared));
        assertThat(reply.text()).isEqualTo("yes");
        assertThat(reply.trace().decisions().get(0)).hasToString("drew 5 samples: 1 agree, 4 failed");
    }

    @Test
    void aPassedDeadlineCountsTheSamplesThatWereDrawnByThen() {
        ScriptedEndpoint small =
                ScriptedEndpoint.named("small").says("x", "x").waits().build();
        Reply reply = inSequence(small).build().answer(Request.of("?").deadline(Duration.ofSeconds(1)));
        assertThat(reply.text()).isEqualTo("x");
        assertThat(reply.confidence().value()).isEqualTo(0.4);
        assertThat(reply.trace().decisions().get(0))
                .hasToString("stopped after 3 of 5 samples: 2 agree, 1 failed, no time for 2");
        for (MissingAnswers choice : MissingAnswers.values()) {
            assertThatThrownBy(() -> SelfConsistency.of(
                                    ScriptedEndpoint.named("small").waits().build())
                            .whenSamplesFail(choice)
                            .build()
                            .answer(Request.of("?").deadline(Duration.ofMillis(50))))
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessageContaining("call of self-consistency");
        }
    }

    @Test
    void aCancelledCallFailsWhateverWasDrawn() throws Exception {
        ScriptedEndpoint small =
                ScriptedEndpoint.named("small").says("x").waits().build();
        Cancellation cancellation = Cancellation.create();
        Budget budget = Budget.ofTokens(100_000);
        CompletableFuture<Reply> call = inSequence(small)
                .build()
                .answerAsync(Request.of(ChatRequest.builder()
                                .messages(UserMessage.from("?"))
                                .maxOutputTokens(16)
                                .build())
                        .within(budget)
                        .cancelledBy(cancellation));
        while (small.calls() < 2) {
            Thread.onSpinWait();
        }
        cancellation.cancel();
        assertThatThrownBy(call::get).hasCauseInstanceOf(CallCancelledException.class);
        assertThat(budget.remainingTokens()).hasValue(100_000 - 11);
    }
}
