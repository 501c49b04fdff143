package io.github.tandem4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import org.junit.jupiter.api.Test;

class PipelineTest {

    private final ScriptedEndpoint draft = ScriptedEndpoint.saying("drafter", "a rough draft");
    private final ScriptedEndpoint refine = ScriptedEndpoint.saying("refiner", "a fine text");

    private Pipeline pipeline(Handoff handoff) {
        return Pipeline.startingWith("draft", draft)
                .then("refine", refine, handoff)
                .build();
    }

    @Test
    void showsTheNextStepTheDraft() {
        Reply reply = pipeline(Handoffs.refine("Polish it.")).answer("Write.");
        assertThat(reply.text()).isEqualTo("a fine text");
        assertThat(reply.cost().calls()).isEqualTo(2);
        assertThat(refine.asked().get(0).messages())
                .containsExactly(
                        UserMessage.from("Write."), AiMessage.from("a rough draft"), UserMessage.from("Polish it."));
        assertThat(reply.trace().toString())
                .contains("draft: drafter")
                .contains("refine: refiner")
                .contains("handed on to refine");
    }

    @Test
    void onlyTheLastStepIsHeard() {
        RecordingSink sink = new RecordingSink();
        pipeline(Handoffs.refine()).answer(Request.of("Write."), sink);
        assertThat(sink.pieces()).containsExactly("a ", "fine ", "text");
    }

    @Test
    void aHandoffMayEndItEarly() {
        RecordingSink sink = new RecordingSink();
        Reply reply =
                pipeline((request, before) -> Next.finish("good as it is")).answer(Request.of("?"), sink);
        assertThat(reply.text()).isEqualTo("a rough draft").isEqualTo(sink.text());
        assertThat(reply.author()).isEqualTo("drafter");
        assertThat(reply.trace().toString()).contains("ended before refine: good as it is");
        assertThat(refine.calls()).isZero();
    }

    @Test
    void refusesBeforeTheFirstStepWhatALaterOneCannotTake() {
        ScriptedEndpoint remote = ScriptedEndpoint.named("remote")
                .profile(ModelProfile.remote().build())
                .says("leaked")
                .build();
        Pipeline pipeline = Pipeline.startingWith("draft", draft)
                .then("refine", remote, Handoffs.refine())
                .build();
        Request secret = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        assertThatThrownBy(() -> pipeline.answer(secret)).isInstanceOf(PrivacyException.class);
        assertThat(pipeline.refusal(secret)).isPresent();
        assertThat(draft.calls() + remote.calls()).isZero();
    }

    @Test
    void aStepsFailureIsThePipelinesAndWhatWasSpentCounts() {
        ScriptedEndpoint busy = ScriptedEndpoint.named("busy")
                .fails(() -> new TransientException("busy", null))
                .build();
        TransientException failure = catchThrowableOfType(
                TransientException.class,
                () -> Pipeline.startingWith("draft", draft)
                        .then("refine", busy, Handoffs.refine())
                        .build()
                        .answer("?"));
        assertThat(failure.trace().orElseThrow().cost().calls()).isOne();
        assertThat(failure.trace().orElseThrow().children()).hasSize(2);
    }

    @Test
    @SuppressWarnings("NullAway") // handoffs that return null are the point
    void namesAHandoffThatThrowsOrReturnsNull() {
        assertThatThrownBy(() -> pipeline((request, before) -> {
                            throw new IllegalStateException("handoff's own fault");
                        })
                        .answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("handoff to refine of pipeline threw")
                .hasMessageContaining("handoff's own fault");
        assertThatThrownBy(() -> pipeline((request, before) -> null).answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("handoff to refine of pipeline returned null");
    }

    @Test
    void namesBlankNamesAndInstructions() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pipeline.startingWith(" ", draft))
                .withMessageContaining("step is blank");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Handoffs.refine(" "))
                .withMessageContaining("instruction");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pipeline.startingWith("a", draft)
                        .then("b", ScriptedEndpoint.saying("drafter", "another"), Handoffs.refine())
                        .build())
                .withMessageContaining("'drafter'");
    }

    @Test
    void anEmptyDraftIsNotShown() {
        ScriptedEndpoint silent = ScriptedEndpoint.saying("silent", "");
        Pipeline.startingWith("draft", silent)
                .then("refine", refine, Handoffs.refine())
                .build()
                .answer("Write.");
        assertThat(refine.asked().get(0).messages()).containsExactly(UserMessage.from("Write."));
    }

    @Test
    void aDraftThatWasCutIsShownAsOneWithoutAnEnd() {
        ScriptedEndpoint cut = ScriptedEndpoint.named("cut")
                .says(ScriptedAnswer.of("a rough").endingBy(FinishReason.LENGTH))
                .build();
        Reply reply = Pipeline.startingWith("draft", cut)
                .then("refine", refine, Handoffs.refine("Polish it."))
                .build()
                .answer("Write.");
        assertThat(refine.asked().get(0).messages())
                .containsExactly(
                        UserMessage.from("Write."),
                        AiMessage.from("a rough"),
                        UserMessage.from(
                                "Your answer above was cut off before its end; the end is missing. Polish it."));
        assertThat(reply.isTruncated()).isFalse();
        assertThat(reply.trace().toString()).contains("refine the draft, which was cut by its limit");
    }

    @Test
    void aCutDraftThatAHandoffFinishesWithIsNoWholeAnswer() {
        ScriptedEndpoint cut = ScriptedEndpoint.named("cut")
                .says(ScriptedAnswer.of("a rough").endingBy(FinishReason.LENGTH))
                .build();
        Reply reply = Pipeline.startingWith("draft", cut)
                .then("refine", refine, (request, before) -> Next.finish("good as it is"))
                .build()
                .answer("Write.");
        assertThat(reply.isTruncated()).isTrue();
    }

    @Test
    void canDoWhatEveryStepCan() {
        ScriptedEndpoint able = ScriptedEndpoint.named("able")
                .profile(ModelProfile.remote()
                        .can(ModelCapability.TOOLS, ModelCapability.JSON_SCHEMA)
                        .build())
                .says("yes")
                .build();
        ScriptedEndpoint half = ScriptedEndpoint.named("half")
                .profile(ModelProfile.local().can(ModelCapability.JSON_SCHEMA).build())
                .says("yes")
                .build();
        Pipeline pipeline = Pipeline.startingWith("draft", half)
                .then("refine", able, Handoffs.refine())
                .build();
        assertThat(pipeline.profile().capabilities()).containsExactly(ModelCapability.JSON_SCHEMA);
        assertThat(pipeline.profile().isRemote()).isTrue();
    }
}
