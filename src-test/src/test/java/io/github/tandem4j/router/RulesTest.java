package io.github.tandem4j.router;

import static io.github.tandem4j.router.Conditions.mentions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Price;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Router;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules in the order in which they were said, among those who can take the request. */
final class RulesTest {

    private final ScriptedEndpoint small = ScriptedEndpoint.saying("small", "from small");
    private final ScriptedEndpoint coder = ScriptedEndpoint.saying("coder", "from coder");
    private final ScriptedEndpoint large = ScriptedEndpoint.named("large")
            .profile(ModelProfile.remote()
                    .price(Price.perMillionTokens("5", "15"))
                    .build())
            .says("from large")
            .build();
    private final List<ModelEndpoint> all = List.of(small, coder, large);

    @Test
    void theFirstRuleThatHoldsDecides() {
        Router rules = Rules.when(mentions("loop"), coder)
                .orWhen(mentions("contract", "loop"), large)
                .otherwise(small);
        assertThat(chosen(rules, "a loop in a contract")).isSameAs(coder);
        assertThat(chosen(rules, "a contract")).isSameAs(large);
        assertThat(chosen(rules, "hello")).isSameAs(small);
        assertThat(rules.choose(Request.of("a contract"), all).why()).isEqualTo("mentions contract or loop");
        assertThat(rules.choose(Request.of("hello"), all).why()).isEqualTo("no rule holds");
    }

    @Test
    void aRuleWhoseEndpointCannotTakeTheRequestIsPassedOver() {
        Router rules = Rules.when(mentions("contract"), large)
                .orWhen(mentions("contract"), coder)
                .otherwise(small);
        Reply reply = Routing.among(small, coder, large)
                .by(rules)
                .build()
                .answer(Request.of("a contract").label(PrivacyLabel.LOCAL_ONLY));
        assertThat(reply.author()).isEqualTo("coder");
        assertThat(large.calls()).isZero();
    }

    @Test
    void abstainsWhereTheLastResortCannotTakeTheRequest() {
        Router rules = Rules.when(mentions("loop"), coder).otherwise(large);
        Choice choice = rules.choose(Request.of("hello"), List.of(small, coder));
        assertThat(choice.endpoint()).isEmpty();
        assertThat(choice.why()).contains("no rule holds", "large cannot take the request");
    }

    @Test
    void asksAnotherRouterOrAbstainsWhereNoRuleHolds() {
        Router next = (request, candidates) -> Choice.of(candidates.get(0), "the next router says so");
        assertThat(Rules.when(mentions("loop"), coder)
                        .otherwise(next)
                        .choose(Request.of("hello"), all)
                        .why())
                .isEqualTo("the next router says so");
        Choice abstained =
                Rules.when(mentions("loop"), coder).otherwiseAbstain().choose(Request.of("hello"), all);
        assertThat(abstained.endpoint()).isEmpty();
        assertThat(abstained.why()).isEqualTo("no rule holds");
    }

    @Test
    void startingFromTheSameRulesTwoRoutersDoNotMeet() {
        Rules common = Rules.when(mentions("loop"), coder);
        Router one = common.orWhen(mentions("contract"), large).otherwise(small);
        Router other = common.otherwise(small);
        assertThat(chosen(one, "a contract")).isSameAs(large);
        assertThat(chosen(other, "a contract")).isSameAs(small);
    }

    @Test
    void aRuleThatNamesAStrangerIsFoundOutWhenTheRoutingIsBuilt() {
        Router rules = Rules.when(mentions("loop"), coder).otherwise(small);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Routing.among(small, large).by(rules).named("tutor").build())
                .withMessage(
                        "the rule 'mentions loop' chooses coder, which is no candidate of tutor; its candidates are"
                                + " [small, large]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Routing.among(coder, large).by(rules).build())
                .withMessageContaining("the last resort of the rules chooses small");
        assertThatIllegalArgumentException()
                .as("rules behind rules")
                .isThrownBy(() -> Routing.among(large)
                        .by(Rules.when(mentions("x"), large).otherwise(rules))
                        .build())
                .withMessageContaining("coder");
    }

    @Test
    void aConditionThatThrowsIsNamedByTheRouting() {
        Router rules = Rules.when(
                        Condition.of("broken", request -> {
                            throw new IllegalStateException("condition's own fault");
                        }),
                        coder)
                .otherwise(small);
        assertThatThrownBy(() -> Routing.among(small, coder)
                        .by(rules)
                        .named("tutor")
                        .build()
                        .answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("router of tutor threw")
                .hasMessageContaining("condition's own fault");
    }

    @Test
    @SuppressWarnings("NullAway") // null is the point
    void refusesNulls() {
        assertThatNullPointerException()
                .isThrownBy(() -> Rules.when(null, coder))
                .withMessage("condition");
        assertThatNullPointerException()
                .isThrownBy(() -> Rules.when(mentions("x"), null))
                .withMessage("endpoint");
        assertThatNullPointerException()
                .isThrownBy(() -> Rules.when(mentions("x"), coder).otherwise((Router) null))
                .withMessage("router");
        assertThatNullPointerException()
                .isThrownBy(() -> Rules.when(mentions("x"), coder).otherwise((ModelEndpoint) null))
                .withMessage("endpoint");
    }

    private ModelEndpoint chosen(Router router, String prompt) {
        return router.choose(Request.of(prompt), all).endpoint().orElseThrow();
    }
}
