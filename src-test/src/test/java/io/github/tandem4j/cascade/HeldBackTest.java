package io.github.tandem4j.cascade;

import static io.github.tandem4j.cascade.Confidences.minimumTokenProbability;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.resilience.Resilient;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is held back was not heard: those inside may start over, and what comes too late counts no more. */
@Timeout(60)
class HeldBackTest {

    private static final TokenScores SURE = TokenScores.of(new float[] {-0.01f});

    /** Breaks off after two words at first, and then answers. */
    private static ScriptedEndpoint breakingOffOnce() {
        return ScriptedEndpoint.named("small")
                .plays((chat, context, tokens) -> {
                    tokens.accept("half ", SURE);
                    tokens.accept("an ", SURE);
                    throw new TransientException("connection lost", null);
                })
                .says(ScriptedAnswer.of("a whole answer").withTokenProbabilities(0.9, 0.9, 0.9))
                .build();
    }

    private static ModelEndpoint cascade(ModelEndpoint stage, DeferralRule rule) {
        return Cascade.startingWith(stage)
                .keepWhen(rule)
                .deferTo(ScriptedEndpoint.saying("large", "another"))
                .build();
    }

    @Test
    void aStageThatRetriesMayStartOverWhileItsWordsAreHeldBack() {
        ScriptedEndpoint small = breakingOffOnce();
        ModelEndpoint steady = Resilient.endpoint(small)
                .attempts(2)
                .backoff(Duration.ofMillis(1), Duration.ofMillis(2))
                .build();
        for (TokenSink sink : new TokenSink[] {new RecordingSink(), TokenSink.NONE}) {
            ScriptedEndpoint fresh = breakingOffOnce();
            ModelEndpoint again = Resilient.endpoint(fresh)
                    .attempts(2)
                    .backoff(Duration.ofMillis(1), Duration.ofMillis(2))
                    .build();
            Reply reply = cascade(again, minimumTokenProbability().atLeast(0.5)).answer(Request.of("?"), sink);
            assertThat(reply.text()).isEqualTo("a whole answer");
            assertThat(fresh.calls()).isEqualTo(2);
            if (sink instanceof RecordingSink heard) {
                assertThat(heard.text()).isEqualTo("a whole answer");
                assertThat(heard.violations()).isEmpty();
            }
        }
        // Heard by itself it cannot: that would switch answers in the middle.
        RecordingSink heard = new RecordingSink();
        assertThatThrownBy(() -> steady.answer(Request.of("?"), heard)).isInstanceOf(TransientException.class);
        assertThat(small.calls()).isOne();
    }

    @Test
    void anInnerCascadeMayFallBackWhileItsWordsAreHeldBack() {
        ModelEndpoint inner = Cascade.startingWith(ScriptedEndpoint.named("first")
                        .says(ScriptedAnswer.of("from the first").withTokenProbabilities(0.9, 0.9, 0.9))
                        .build())
                .keepWhen((request, reply) -> Verdict.defer("always"))
                .deferTo(ScriptedEndpoint.named("second")
                        .plays((chat, context, tokens) -> {
                            tokens.accept("half ", SURE);
                            throw new TransientException("connection lost", null);
                        })
                        .build())
                .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                .named("inner")
                .build();
        RecordingSink sink = new RecordingSink();
        Reply reply = cascade(inner, minimumTokenProbability().atLeast(0.5)).answer(Request.of("?"), sink);
        assertThat(reply.text()).isEqualTo("from the first").isEqualTo(sink.text());
    }

    @Test
    void aPieceOfAStageThatHasFailedDoesNotCommitTheCascade() throws Exception {
        CountDownLatch judging = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        CountDownLatch late = new CountDownLatch(1);
        DeferralRule slow = new DeferralRule() {
            @Override
            public Verdict judge(Request request, Reply reply) {
                return Verdict.keep("always");
            }

            @Override
            public RunningJudge whileAnswering(Request request) {
                return (text, scores) -> {
                    judging.countDown();
                    await(answered);
                    return Optional.of(Verdict.keep("late"));
                };
            }
        };
        ModelEndpoint stage = ModelEndpoint.of("stage", ModelProfile.local().build(), (chat, context, tokens) -> {
            Thread model = new Thread(() -> {
                try {
                    tokens.accept("LATE", SURE);
                } finally {
                    late.countDown();
                }
            });
            model.setUncaughtExceptionHandler((thread, e) -> {});
            model.start();
            await(judging);
            throw new TransientException("lost", null);
        });
        ModelEndpoint last = ModelEndpoint.of("last", ModelProfile.local().build(), (chat, context, tokens) -> {
            tokens.accept("fin");
            answered.countDown();
            await(late);
            tokens.accept("al");
            return Completion.of("final");
        });
        RecordingSink sink = new RecordingSink();
        Reply reply = Cascade.startingWith(stage)
                .keepWhen(slow)
                .deferTo(last)
                .whenAStageFails(StageFailure.DEFER)
                .build()
                .answer(Request.of("?"), sink);
        assertThat(sink.text()).isEqualTo("final").isEqualTo(reply.text());
        assertThat(reply.trace().toString()).doesNotContain("kept early");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
