package io.github.tandem4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.tandem4j.auxiliary.Assistants;
import io.github.tandem4j.auxiliary.Assisted;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.fusion.Fusion;
import io.github.tandem4j.pipeline.Next;
import io.github.tandem4j.pipeline.Pipeline;
import io.github.tandem4j.resilience.Failover;
import io.github.tandem4j.resilience.OfflineLadder;
import io.github.tandem4j.resilience.Resilient;
import io.github.tandem4j.router.InMemorySessions;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Strategies around strategies, as deep as they may be and deeper. */
@Timeout(120)
class NestingTest {

    private static final int DEEPEST = 128;
    private static final ScriptedEndpoint OTHER = ScriptedEndpoint.saying("other", "something else");

    /** A strategy of each kind around the endpoint that it is given. */
    enum Kind {
        ROUTING(inner -> Routing.among(inner)
                .by((request, candidates) -> Choice.of(candidates.get(0), "the only one"))
                .build()),
        STICKY_ROUTING(inner -> Routing.among(inner, OTHER)
                .by((request, candidates) -> Choice.of(candidates.get(0), "the first"))
                .stickyWithin(InMemorySessions.ofDefaults())
                .build()),
        KEEPING_CASCADE(inner -> Cascade.startingWith(inner)
                .keepWhen((request, reply) -> Verdict.keep("always"))
                .deferTo(OTHER)
                .build()),
        DEFERRING_CASCADE(inner -> Cascade.startingWith(OTHER)
                .keepWhen((request, reply) -> Verdict.defer("always"))
                .deferTo(inner)
                .build()),
        PIPELINE(inner -> Pipeline.startingWith("draft", OTHER)
                .then("refine", inner, (request, before) -> Next.ask(request.chat(), "go on"))
                .build()),
        ASSISTED(inner -> Assisted.endpoint(inner)
                .by(assistance -> assistance.answer(assistance.chat()))
                .build()),
        VERIFIED(inner ->
                Assisted.endpoint(inner).by(Assistants.agreementWith(OTHER)).build()),
        FUSION(inner -> Fusion.of(inner).build()),
        RESILIENT(inner -> Resilient.endpoint(inner).build()),
        FAILOVER(inner -> Failover.from(inner).to(OTHER).build()),
        LADDER(inner -> OfflineLadder.from(inner).downTo(OTHER).build());

        @SuppressWarnings("ImmutableEnumChecker") // each is a lambda that captures nothing
        private final UnaryOperator<ModelEndpoint> around;

        Kind(UnaryOperator<ModelEndpoint> around) {
            this.around = around;
        }

        private ModelEndpoint nested(ModelEndpoint innermost, int depth) {
            ModelEndpoint nested = innermost;
            for (int i = 0; i < depth; i++) {
                nested = around.apply(nested);
            }
            return nested;
        }
    }

    @ParameterizedTest
    @EnumSource
    void asManyAsMayBeAnswerOnAnyThread(Kind kind) throws Exception {
        assertAnswersOnAnyThread(kind.nested(ScriptedEndpoint.saying("model", "fine as it is"), DEEPEST));
    }

    @Test
    void allKindsAroundOneAnotherAnswer() throws Exception {
        ModelEndpoint nested = ScriptedEndpoint.saying("model", "fine as it is");
        for (int i = 0; i < DEEPEST; i++) {
            nested = Kind.values()[i % Kind.values().length].around.apply(nested);
        }
        assertAnswersOnAnyThread(nested);
    }

    @ParameterizedTest
    @EnumSource
    void oneMoreIsRefusedWhenItIsBuilt(Kind kind) {
        ModelEndpoint deepest = kind.nested(ScriptedEndpoint.saying("model", "fine"), DEEPEST);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> kind.around.apply(deepest))
                .withMessageContainingAll(((StrategyEndpoint) deepest).kind(), "129 strategies deep", "up to 128");
    }

    @Test
    void whatFailsInTheInnermostIsToldByTheOutermost() throws Exception {
        ModelEndpoint nested = Kind.ASSISTED.nested(
                ScriptedEndpoint.named("model")
                        .fails(() -> new TransientException("busy", null))
                        .build(),
                DEEPEST);
        TandemException failure = onAPlatformThread(
                () -> catchThrowableOfType(TandemException.class, () -> nested.answer("Is anybody there?")));
        assertThat(failure).isInstanceOf(TransientException.class).hasMessage("busy");
        assertThat(failure.trace().orElseThrow().nodes()).hasSize(DEEPEST + 1);
        assertThat(failure.trace().orElseThrow().toString()).contains("model failed");
    }

    /** On a platform thread of the default stack, and on the library's own: a virtual one where the JDK has them. */
    private static void assertAnswersOnAnyThread(ModelEndpoint nested) throws Exception {
        RecordingSink sink = new RecordingSink();
        Reply reply = onAPlatformThread(() -> nested.answer(Request.of("How is it?"), sink));
        Reply asynchronous = nested.answerAsync(Request.of("How is it?")).get();
        assertThat(List.of(reply, asynchronous)).allSatisfy(each -> {
            assertThat(each.text()).isEqualTo("fine as it is");
            assertThat(each.author()).isEqualTo("model");
            assertThat(each.trace().toString()).contains("model answered");
        });
        assertThat(sink.text()).isEqualTo("fine as it is");
    }

    private static <T> T onAPlatformThread(Supplier<T> task) throws Exception {
        return CompletableFuture.supplyAsync(task, run -> new Thread(run, "default-stack").start())
                .get();
    }
}
