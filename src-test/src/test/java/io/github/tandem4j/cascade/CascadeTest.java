package io.github.tandem4j.cascade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.Decision;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Trace;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CascadeTest {

    private static final DeferralRule SURE = Confidences.meanTokenProbability().atLeast(0.8);

    private static ScriptedEndpoint sure(String id, double probability) {
        return ScriptedEndpoint.named(id)
                .says(ScriptedAnswer.of("says " + id).withTokenProbabilities(probability))
                .build();
    }

    private static ScriptedEndpoint failing(String id) {
        return ScriptedEndpoint.named(id)
                .fails(() -> new TransientException(id + " is busy", null))
                .build();
    }

    private static Cascade.Builder cascade(ModelEndpoint first, DeferralRule rule, ModelEndpoint last) {
        return Cascade.startingWith(first).keepWhen(rule).deferTo(last);
    }

    @Test
    void keepsWhatIsSureEnoughAndSaysWhy() {
        ScriptedEndpoint large = sure("large", 1);
        Reply reply = cascade(sure("small", 0.9), SURE, large).build().answer("?");
        assertThat(reply.text()).isEqualTo("says small");
        assertThat(reply.author()).isEqualTo("small");
        assertThat(reply.confidence()).hasToString("mean token probability 0.900");
        assertThat(reply.trace().decisions())
                .extracting(Decision::toString)
                .containsExactly("kept: mean token probability 0.900 >= 0.800");
        assertThat(large.calls()).isZero();
    }

    @Test
    void defersWhatIsNotAndCountsBoth() {
        Reply reply =
                cascade(sure("small", 0.7), SURE, sure("large", 0.1)).build().answer("?");
        assertThat(reply.author()).isEqualTo("large");
        assertThat(reply.cost().calls()).isEqualTo(2);
        assertThat(reply.trace().children())
                .extracting(Trace::role, Trace::endpoint)
                .containsExactly(tuple("stage 1 of 2", "small"), tuple("stage 2 of 2", "large"));
        assertThat(reply.trace().toString()).contains("deferred: mean token probability 0.700 < 0.800");
    }

    @Test
    void defersAnAnswerWithoutScores() {
        Reply reply = cascade(ScriptedEndpoint.saying("small", "hm"), SURE, sure("large", 1))
                .build()
                .answer("?");
        assertThat(reply.author()).isEqualTo("large");
        assertThat(reply.trace().toString()).contains("the reply has no token scores");
    }

    @Test
    void sendsNothingThatIsTakenBack() {
        RecordingSink sink = new RecordingSink();
        Reply reply =
                cascade(sure("small", 0.1), SURE, sure("large", 1)).build().answer(Request.of("?"), sink);
        assertThat(sink.text()).isEqualTo("says large").isEqualTo(reply.text());
        assertThat(sink.pieces()).as("the last stage is heard as it speaks").containsExactly("says ", "large");
    }

    @Test
    void failsAsAStageFailsUnlessToldOtherwise() {
        ScriptedEndpoint large = sure("large", 1);
        TransientException failure = catchThrowableOfType(
                TransientException.class,
                () -> cascade(failing("small"), SURE, large).build().answer("?"));
        assertThat(failure).hasMessage("small is busy");
        assertThat(large.calls()).isZero();
        Trace trace = failure.trace().orElseThrow();
        assertThat(trace.endpoint()).isEqualTo("cascade");
        assertThat(trace.outcome()).isEqualTo(Trace.Outcome.FAILED);
        assertThat(trace.children())
                .singleElement()
                .satisfies(child -> assertThat(child.failure()).contains("small is busy"));
    }

    @Test
    void goesOnToTheNextStageWhenToldTo() {
        Reply reply = cascade(failing("small"), SURE, sure("large", 1))
                .whenAStageFails(StageFailure.DEFER)
                .build()
                .answer("?");
        assertThat(reply.author()).isEqualTo("large");
    }

    @Test
    void keepsADeferredAnswerWhenNoLaterStageAnswersOnlyIfToldTo() {
        RecordingSink sink = new RecordingSink();
        Reply reply = cascade(sure("small", 0.1), SURE, failing("large"))
                .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                .build()
                .answer(Request.of("?"), sink);
        assertThat(reply.author()).isEqualTo("small");
        assertThat(sink.text()).isEqualTo("says small");
        assertThat(reply.trace().toString()).contains("kept a deferred answer").contains("large is busy");

        TandemException failure = catchThrowableOfType(
                TandemException.class,
                () -> cascade(sure("small", 0.1), SURE, failing("large"))
                        .whenAStageFails(StageFailure.DEFER)
                        .build()
                        .answer("?"));
        assertThat(failure).hasMessage("large is busy");
        assertThat(failure.trace().orElseThrow().cost().calls())
                .as("the deferred answer was paid for")
                .isOne();
    }

    @Test
    void neverSwitchesTheModelSilentlyAfterTheFirstToken() {
        RecordingSink sink = new RecordingSink();
        ScriptedEndpoint breaking = ScriptedEndpoint.named("large")
                .breaksAfter("Once ", () -> new TransientException("cut off", null))
                .build();
        assertThatThrownBy(() -> cascade(sure("small", 0.1), SURE, breaking)
                        .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                        .build()
                        .answer(Request.of("?"), sink))
                .isInstanceOf(TransientException.class);
        assertThat(sink.text()).isEqualTo("Once ");
    }

    @Test
    void aDeadlineInALaterStageGivesTheEarlierAnswerOnlyIfToldTo() {
        Reply reply = cascade(
                        sure("small", 0.1),
                        SURE,
                        ScriptedEndpoint.named("large").waits().build())
                .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                .build()
                .answer(Request.of("?").deadline(Duration.ofMillis(100)));
        assertThat(reply.author()).isEqualTo("small");
        assertThat(reply.trace().toString()).contains("DeadlineExceededException");
    }

    @Test
    void aCancelledCallIsNeverDeferred() {
        ScriptedEndpoint large = sure("large", 1);
        ScriptedEndpoint small = ScriptedEndpoint.named("small")
                .fails(() -> new CallCancelledException("stopped"))
                .build();
        assertThatThrownBy(() -> cascade(small, SURE, large)
                        .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                        .build()
                        .answer("?"))
                .isInstanceOf(CallCancelledException.class);
        assertThat(large.calls()).isZero();
    }

    @Test
    void passesOverStagesThatCannotTakeTheRequest() {
        ScriptedEndpoint remote = ScriptedEndpoint.named("remote")
                .profile(ModelProfile.remote().build())
                .says("leaked")
                .build();
        Request secret = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        Reply reply = cascade(remote, SURE, sure("local", 1)).build().answer(secret);
        assertThat(reply.author()).isEqualTo("local");
        assertThat(reply.trace().children().get(0).outcome()).isEqualTo(Trace.Outcome.PASSED_OVER);

        assertThatThrownBy(
                        () -> cascade(sure("local", 0.1), SURE, remote).build().answer(secret))
                .isInstanceOf(PrivacyException.class)
                .hasMessageContaining("remote");
        assertThat(cascade(remote, SURE, remote).build().refusal(secret))
                .hasValueSatisfying(e -> assertThat(e).isInstanceOf(PrivacyException.class));
        assertThat(remote.calls()).isZero();
    }

    @Test
    @SuppressWarnings("NullAway") // rules that return null are the point
    void namesARuleThatThrowsOrReturnsNullAndCountsWhatWasSpent() {
        ScriptedEndpoint large = sure("large", 1);
        DeferralRule throwing = (request, reply) -> {
            throw new IllegalStateException("rule's own fault");
        };
        PluginException thrown = catchThrowableOfType(
                PluginException.class,
                () -> cascade(sure("small", 1), throwing, large)
                        .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                        .build()
                        .answer("?"));
        assertThat(thrown).hasMessageContaining("deferral rule of cascade").hasMessageContaining("rule's own fault");
        assertThat(thrown.trace().orElseThrow().cost().calls()).isOne();
        DeferralRule nothing = (request, reply) -> null;
        assertThatThrownBy(
                        () -> cascade(sure("small", 1), nothing, large).build().answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("deferral rule of cascade returned null");
        assertThat(large.calls()).isZero();
    }

    @Test
    void judgesEveryStageButTheLast() {
        Cascade three = Cascade.startingWith(sure("a", 0.1))
                .keepWhen(SURE)
                .deferTo(sure("b", 0.9))
                .keepWhen(SURE)
                .deferTo(sure("c", 1))
                .named("three")
                .build();
        Reply reply = three.answer("?");
        assertThat(reply.author()).isEqualTo("b");
        assertThat(three).hasToString("three (cascade of [a, b, c])");
        assertThat(three.members()).hasSize(3);
    }

    @Test
    @SuppressWarnings("NullAway") // nulls are the point
    void refusesWhatItCannotBeBuiltFrom() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> cascade(sure("twin", 1), SURE, sure("twin", 1)).build())
                .withMessageContaining("two different members with the id 'twin'");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        cascade(sure("a", 1), SURE, sure("b", 1)).named(" ").build())
                .withMessageContaining("blank");
        assertThatNullPointerException().isThrownBy(() -> Cascade.startingWith(null));
        assertThatNullPointerException()
                .isThrownBy(() -> Cascade.startingWith(sure("a", 1)).keepWhen(null));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Confidences.meanTokenProbability().atLeast(Double.NaN))
                .withMessageContaining("threshold is NaN");
    }

    @Test
    void oneEndpointMayStandTwice() {
        ScriptedEndpoint same = ScriptedEndpoint.named("same")
                .says(ScriptedAnswer.of("first").withTokenProbabilities(0.1))
                .says(ScriptedAnswer.of("second"))
                .build();
        Reply reply = cascade(same, SURE, same).build().answer("?");
        assertThat(reply.text()).isEqualTo("second");
        assertThat(reply.cost().byEndpoint())
                .singleElement()
                .satisfies(cost -> assertThat(cost.calls()).isEqualTo(2));
    }

    @Test
    void rulesCompose() {
        DeferralRule both = SURE.and((request, reply) -> Verdict.keep("short"));
        Reply reply =
                cascade(sure("small", 0.9), both, sure("large", 1)).build().answer("?");
        assertThat(reply.trace().decisions().get(0).why()).isEqualTo("mean token probability 0.900 >= 0.800, short");
        DeferralRule unless = SURE.unless(TextSignal.REFUSAL);
        ScriptedEndpoint declining = ScriptedEndpoint.named("small")
                .says(ScriptedAnswer.of("I'm sorry, I can't.").withTokenProbabilities(1))
                .build();
        Reply asked = cascade(declining, unless, sure("large", 1)).build().answer("?");
        assertThat(asked.author()).isEqualTo("large");
        assertThat(asked.trace().decisions().get(0)).hasToString("deferred: answer is a refusal");
        assertThat(asked.confidence().kind()).isEqualTo(Confidence.Kind.RAW_SCORE);
    }
}
