package io.github.tandem4j.cascade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import org.junit.jupiter.api.Test;

class GuaranteeTest {

    private static final ModelEndpoint SMALL = ScriptedEndpoint.saying("small", "Paris");
    private static final ModelEndpoint OTHER = ScriptedEndpoint.saying("other", "Lyon");
    private static final ModelEndpoint LARGE = ScriptedEndpoint.saying("large", "Paris, in France");

    /** Keeps all that the small one says, and was made for it. */
    private static final Guarantee FOR_SMALL = new Guarantee() {
        @Override
        public Verdict judge(Request request, Reply reply) {
            return Verdict.keep("as promised");
        }

        @Override
        public void requireStage(String cascade, ModelEndpoint stage) {
            if (!stage.id().equals("small")) {
                throw new IllegalArgumentException(cascade + ": not for " + stage.id());
            }
        }

        @Override
        public String promise() {
            return "all is well";
        }
    };

    @Test
    void isARuleOfTheCascade() {
        Reply reply = Cascade.startingWith(SMALL)
                .acceptUnder(FOR_SMALL)
                .deferTo(LARGE)
                .build()
                .answer("?");
        assertThat(reply.author()).isEqualTo("small");
        assertThat(reply.trace().toString()).contains("kept: as promised");
    }

    @Test
    void holdsForALaterStageToo() {
        Reply reply = Cascade.startingWith(OTHER)
                .keepWhen((request, answer) -> Verdict.defer("never"))
                .deferTo(SMALL)
                .acceptUnder(FOR_SMALL)
                .deferTo(LARGE)
                .build()
                .answer("?");
        assertThat(reply.author()).isEqualTo("small");
    }

    @Test
    void isRefusedWhenTheCascadeIsBuiltAroundAnotherStage() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cascade.startingWith(OTHER)
                        .acceptUnder(FOR_SMALL)
                        .deferTo(LARGE)
                        .named("desk")
                        .build())
                .withMessage("desk: not for other");
    }

    @Test
    void isAskedThroughRulesThatNarrowIt() {
        for (DeferralRule narrowed : new DeferralRule[] {
            FOR_SMALL.and((request, reply) -> Verdict.keep("fine")),
            ((DeferralRule) (request, reply) -> Verdict.keep("fine")).and(FOR_SMALL),
            FOR_SMALL.unless(TextSignal.REFUSAL)
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Cascade.startingWith(OTHER)
                            .keepWhen(narrowed)
                            .deferTo(LARGE)
                            .build())
                    .withMessage("cascade: not for other");
            assertThatCode(() -> Cascade.startingWith(SMALL)
                            .keepWhen(narrowed)
                            .deferTo(LARGE)
                            .build())
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void isNotBrokenByAnAnswerThatWasDeferred() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cascade.startingWith(SMALL)
                        .acceptUnder(FOR_SMALL)
                        .deferTo(LARGE)
                        .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                        .build())
                .withMessageContaining("the promise that all is well");
    }
}
