package io.github.tandem4j.resilience;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.StageFailure;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.fusion.Fusion;
import io.github.tandem4j.testkit.ModelEndpointContract;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;

/** What every endpoint promises is kept around faults too: by each strategy here, in fair weather and in foul. */
class ResilienceContractTest {

    private static final String LONG = "Say it at great length.";
    private static final String CUT = "Say more than you may.";
    private static final ScriptedAnswer HELLO =
            ScriptedAnswer.of("Well, hello there!").using(12, 3).withTokenProbabilities(0.9, 0.8, 0.95);

    private static final ModelProfile LOCAL =
            ModelProfile.local().provider("scripted").contextWindow(4096).build();
    private static final ModelProfile REMOTE = ModelProfile.remote()
            .provider("scripted")
            .price(Price.perMillionTokens("2.5", "10"))
            .contextWindow(128_000)
            .maxOutputTokens(1000)
            .build();

    private static ScriptedAnswer answerTo(ChatRequest chat) {
        return chat.messages().toString().contains(CUT) ? HELLO.endingBy(FinishReason.LENGTH) : HELLO;
    }

    /** Answers at once, unless it is asked for something long: then it says a word and waits to be cut off. */
    private static Completion speak(ChatRequest chat, CallContext context, TokenSink tokens)
            throws InterruptedException {
        if (chat.messages().toString().contains(LONG)) {
            tokens.accept("Once ");
            new CountDownLatch(1).await();
        }
        return answerTo(chat).complete(chat, context, tokens);
    }

    private static ModelEndpoint leaf(String id, ModelProfile profile) {
        return ScriptedEndpoint.named(id)
                .profile(profile)
                .plays(ResilienceContractTest::speak)
                .build();
    }

    /** Fails each first attempt of a call: attempts of one call come on one thread. */
    private static ModelEndpoint flaky(String id) {
        ThreadLocal<Boolean> failed = ThreadLocal.withInitial(() -> false);
        return ScriptedEndpoint.named(id)
                .profile(REMOTE)
                .plays((chat, context, tokens) -> {
                    failed.set(!failed.get());
                    if (failed.get()) {
                        throw new TransientException("busy", null);
                    }
                    return speak(chat, context, tokens);
                })
                .build();
    }

    private static ModelEndpoint away() {
        return ScriptedEndpoint.named("away")
                .profile(REMOTE)
                .fails(() -> new TransientException("no route to host", null))
                .build();
    }

    private static Resilient resilient(ModelEndpoint endpoint) {
        return Resilient.endpoint(endpoint)
                .backoff(ofMillis(1), ofMillis(3))
                .retryBudget(1)
                .attemptTimeout(ofSeconds(100))
                .breakAfter(1, 1000)
                .concurrency(64, ofSeconds(50))
                .build();
    }

    private abstract static class Contract extends ModelEndpointContract {

        private final ModelEndpoint endpoint;

        Contract(ModelEndpoint endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        protected ModelEndpoint endpoint() {
            return endpoint;
        }

        @Override
        protected Optional<Request> longRequest() {
            return Optional.of(Request.of(LONG));
        }

        @Override
        protected Optional<Request> cutRequest() {
            return Optional.of(Request.of(CUT));
        }

        @Override
        protected int threads() {
            return 16;
        }
    }

    @Nested
    class AResilientEndpoint extends Contract {
        AResilientEndpoint() {
            super(resilient(leaf("large", REMOTE)));
        }
    }

    @Nested
    class AResilientEndpointWithTheDefaults extends Contract {
        AResilientEndpointWithTheDefaults() {
            super(Resilient.endpoint(leaf("small", LOCAL)).build());
        }
    }

    @Nested
    class AResilientEndpointThatNeedsTwoAttempts extends Contract {
        AResilientEndpointThatNeedsTwoAttempts() {
            super(resilient(flaky("large")));
        }
    }

    @Nested
    class AResilientEndpointWithOnePlace extends Contract {
        AResilientEndpointWithOnePlace() {
            super(Resilient.endpoint(leaf("large", REMOTE))
                    .concurrency(1, ofSeconds(50))
                    .build());
        }
    }

    @Nested
    class AFailoverThatStays extends Contract {
        AFailoverThatStays() {
            super(Failover.from(leaf("first", REMOTE))
                    .to(leaf("second", REMOTE))
                    .build());
        }
    }

    @Nested
    class AFailoverThatMoves extends Contract {
        AFailoverThatMoves() {
            super(Failover.from(away()).to(leaf("second", REMOTE)).build());
        }
    }

    @Nested
    class ALadderOnline extends Contract {
        ALadderOnline() {
            super(OfflineLadder.from(leaf("large", REMOTE))
                    .downTo(leaf("small", LOCAL))
                    .build());
        }
    }

    @Nested
    class ALadderOffline extends Contract {
        ALadderOffline() {
            super(offline());
        }

        private static ModelEndpoint offline() {
            OfflineLadder ladder = OfflineLadder.from(resilient(away()))
                    .downTo(leaf("small", LOCAL))
                    .probingLive(ofSeconds(80_000), ofSeconds(80_000))
                    .build();
            ladder.answer("goes offline");
            return ladder;
        }
    }

    @Nested
    class AllNested extends Contract {
        AllNested() {
            super(nested());
        }

        private static ModelEndpoint nested() {
            ModelEndpoint either = Failover.from(resilient(flaky("first")))
                    .to(resilient(leaf("second", REMOTE)))
                    .build();
            ModelEndpoint fusion = Fusion.of(either, resilient(leaf("third", REMOTE)))
                    .quorum(2)
                    .build();
            OfflineLadder ladder = OfflineLadder.from(resilient(fusion))
                    .downTo(leaf("small", LOCAL))
                    .build();
            return Cascade.startingWith(leaf("tiny", LOCAL))
                    .keepWhen((request, reply) -> Verdict.defer("always"))
                    .deferTo(ladder)
                    .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                    .build();
        }
    }
}
