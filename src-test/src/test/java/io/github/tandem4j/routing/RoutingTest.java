package io.github.tandem4j.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.LeafEndpoint;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.NextToken;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Price;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RoutingTest {

    private final ScriptedEndpoint small = ScriptedEndpoint.saying("small", "from small");
    private final ScriptedEndpoint large = ScriptedEndpoint.named("large")
            .profile(ModelProfile.remote()
                    .price(Price.perMillionTokens("5", "15"))
                    .build())
            .says("from large")
            .build();
    private final ScriptedEndpoint medium = ScriptedEndpoint.saying("medium", "from medium");

    @Test
    void asksWhomTheRouterChooses() {
        ModelEndpoint routing = Routing.among(small, large)
                .by((request, candidates) -> Choice.of(candidates.get(1), "it is hard"))
                .build();
        Reply reply = routing.answer("?");
        assertThat(reply.author()).isEqualTo("large");
        assertThat(reply.trace().toString()).contains("chose large: it is hard");
        assertThat(small.calls()).isZero();
    }

    @Test
    void aRouterMayAskACandidateForEvidence() {
        LeafEndpoint reader = new LeafEndpoint("reader", ModelProfile.local().build()) {
            @Override
            protected io.github.tandem4j.Completion complete(
                    ChatRequest chat, io.github.tandem4j.CallContext context, io.github.tandem4j.TokenSink tokens) {
                return io.github.tandem4j.Completion.of("from reader");
            }

            @Override
            public <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
                return Evidence.of(EvidenceKey.NEXT_TOKEN, new NextToken(4.2, 0.1, 0.01))
                        .get(key);
            }
        };
        Router surprised = (request, candidates) -> candidates
                                .get(0)
                                .evidence(EvidenceKey.NEXT_TOKEN, request)
                                .map(NextToken::entropy)
                                .orElse(0.0)
                        > 3
                ? Choice.of(candidates.get(1), "the small model is surprised")
                : Choice.of(candidates.get(0), "familiar");
        assertThat(Routing.among(reader, large)
                        .by(surprised)
                        .build()
                        .answer("?")
                        .author())
                .isEqualTo("large");
        assertThat(Routing.among(small, large).by(surprised).build().answer("?").author())
                .isEqualTo("small");
    }

    @Test
    void offersOnlyThoseThatCanTakeTheRequest() {
        Router last = (request, candidates) -> Choice.of(candidates.get(candidates.size() - 1), "last");
        Routing routing = Routing.among(small, medium, large).by(last).build();
        Request secret = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        assertThat(routing.answer(secret).author()).isEqualTo("medium");
        assertThat(routing.answer(Request.of("?").spendAtMost("0")).author()).isEqualTo("medium");
        assertThat(large.calls()).isZero();
    }

    @Test
    void asksNoRouterWhenOneIsLeftAndRefusesWhenNoneIs() {
        Router never = (request, candidates) -> {
            throw new AssertionError("asked although there is no choice");
        };
        Request secret = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        Reply reply = Routing.among(small, large).by(never).build().answer(secret);
        assertThat(reply.trace().toString())
                .contains("chose small: no other candidate can take the request")
                .contains("large (endpoint) passed over: PrivacyException");
        Routing remote = Routing.among(large).by(never).build();
        assertThatThrownBy(() -> remote.answer(secret)).isInstanceOf(PrivacyException.class);
        assertThat(remote.refusal(secret)).isPresent();
        Routing mixed = Routing.among(
                        large,
                        ScriptedEndpoint.named("tiny")
                                .profile(ModelProfile.local().contextWindow(1).build())
                                .says("x")
                                .build())
                .by(never)
                .build();
        assertThatThrownBy(() -> mixed.answer(Request.of("a long prompt").label(PrivacyLabel.LOCAL_ONLY)))
                .isInstanceOf(NoAnswerException.class)
                .hasMessageContaining("no candidate of routing can take the request")
                .hasMessageContaining("large is remote")
                .hasMessageContaining("window of tiny");
    }

    @Test
    void abstentionsGoToTheLastThatCanTakeTheRequestUnlessStatedOtherwise() {
        Router abstaining = (request, candidates) -> Choice.abstain("no idea");
        Routing routing = Routing.among(small, medium, large).by(abstaining).build();
        assertThat(routing.answer("?").author()).isEqualTo("large");
        assertThat(routing.answer(Request.of("?").label(PrivacyLabel.LOCAL_ONLY))
                        .author())
                .isEqualTo("medium");
        ScriptedEndpoint elsewhere = ScriptedEndpoint.saying("elsewhere", "from elsewhere");
        Reply reply = Routing.among(small, medium)
                .by(abstaining)
                .whenAbstaining(elsewhere)
                .build()
                .answer("?");
        assertThat(reply.author()).isEqualTo("elsewhere");
        assertThat(reply.trace().toString()).contains("router abstained, so asks elsewhere: no idea");
    }

    @Test
    void abstentionsPassOverWhoWasNamedForThemAndCannotTakeTheRequest() {
        Router abstaining = (request, candidates) -> Choice.abstain("no idea");
        Request secret = Request.of("?").label(PrivacyLabel.LOCAL_ONLY);
        for (List<ModelEndpoint> candidates :
                List.<List<ModelEndpoint>>of(List.of(small, medium), List.of(small, medium, large))) {
            Routing routing = Routing.among(candidates)
                    .by(abstaining)
                    .whenAbstaining(large)
                    .build();
            assertThat(routing.answer("?").author()).isEqualTo("large");
            assertThat(routing.refusal(secret)).isEmpty();
            Reply reply = routing.answer(secret);
            assertThat(reply.author()).isEqualTo("medium");
            assertThat(reply.trace().toString())
                    .containsOnlyOnce("passed over: PrivacyException")
                    .contains("router abstained, so asks medium: no idea");
        }
    }

    @Test
    @SuppressWarnings("NullAway") // routers that return null are the point
    void namesARouterThatThrowsReturnsNullOrAStranger() {
        ScriptedEndpoint stranger = ScriptedEndpoint.saying("stranger", "!");
        assertThatThrownBy(() -> Routing.among(small, large)
                        .by((request, candidates) -> {
                            throw new IllegalStateException("router's own fault");
                        })
                        .named("tutor")
                        .build()
                        .answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("router of tutor threw")
                .hasMessageContaining("router's own fault");
        assertThatThrownBy(() -> Routing.among(small, large)
                        .by((request, candidates) -> null)
                        .build()
                        .answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("router of routing returned null");
        assertThatThrownBy(() -> Routing.among(small, large)
                        .by((request, candidates) -> Choice.of(stranger, "why not"))
                        .build()
                        .answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("chose stranger; valid is one of [small, large]");
        assertThatThrownBy(() -> Routing.among(small, medium, large)
                        .by((request, candidates) -> Choice.of(large, "although it may not"))
                        .build()
                        .answer(Request.of("?").label(PrivacyLabel.LOCAL_ONLY)))
                .as("a candidate that was passed over is no candidate")
                .isInstanceOf(PluginException.class);
        assertThat(stranger.calls() + small.calls() + large.calls()).isZero();
    }

    @Test
    void cannotBuildWithoutCandidatesRouterOrWithTwins() {
        Router first = (request, candidates) -> Choice.of(candidates.get(0), "first");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Routing.among(List.of()).by(first).build())
                .withMessageContaining("no candidates");
        assertThatIllegalStateException()
                .isThrownBy(() -> Routing.among(small).build())
                .withMessageContaining("by(router)");
        assertThatIllegalStateException()
                .isThrownBy(() -> Routing.among(small).by(first).by(first))
                .withMessageContaining("already has the router");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Routing.among(small, ScriptedEndpoint.saying("small", "another"))
                        .by(first)
                        .build())
                .withMessageContaining("'small'");
    }
}
