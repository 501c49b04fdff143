package io.github.tandem4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.auxiliary.Assistants;
import io.github.tandem4j.auxiliary.Assisted;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.Confidences;
import io.github.tandem4j.cascade.StageFailure;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.fusion.Fusion;
import io.github.tandem4j.fusion.SelfConsistency;
import io.github.tandem4j.pipeline.Handoffs;
import io.github.tandem4j.pipeline.Pipeline;
import io.github.tandem4j.router.InMemorySessions;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ModelEndpointContract;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;

/** The contract, kept by leaves of every profile and by one strategy of each family. */
class ContractTest {

    private static final String LONG = "Say it at great length.";
    private static final String CUT = "Say more than you may.";
    private static final ScriptedAnswer HELLO =
            ScriptedAnswer.of("Well, hello there!").using(12, 5).withTokenProbabilities(0.9, 0.8, 0.95, 0.7, 0.99);

    private static ScriptedAnswer answerTo(ChatRequest chat) {
        return chat.messages().toString().contains(CUT) ? HELLO.endingBy(FinishReason.LENGTH) : HELLO;
    }

    /** Answers at once, unless it is asked for something long: then it says a word and waits to be cut off. */
    private static ModelEndpoint leaf(String id, ModelProfile profile) {
        return ScriptedEndpoint.named(id)
                .profile(profile)
                .plays((chat, context, tokens) -> {
                    if (chat.messages().toString().contains(LONG)) {
                        tokens.accept("Once ");
                        new CountDownLatch(1).await();
                    }
                    return answerTo(chat).complete(chat, context, tokens);
                })
                .build();
    }

    private static ModelEndpoint local(String id) {
        return leaf(
                id,
                ModelProfile.local().provider("scripted").contextWindow(4096).build());
    }

    private static ModelEndpoint remote(String id) {
        return leaf(
                id,
                ModelProfile.remote()
                        .provider("scripted")
                        .price(Price.perMillionTokens("2.5", "10"))
                        .contextWindow(128_000)
                        .maxOutputTokens(1000)
                        .build());
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
    class LocalLeaf extends Contract {
        LocalLeaf() {
            super(local("local"));
        }
    }

    @Nested
    class RemoteLeaf extends Contract {
        RemoteLeaf() {
            super(remote("remote"));
        }
    }

    @Nested
    class UnpricedLeafOfLittleKnowledge extends Contract {
        UnpricedLeafOfLittleKnowledge() {
            super(leaf("unpriced", ModelProfile.remote().build()));
        }
    }

    @Nested
    class LeafThatDoesNotStream extends Contract {
        LeafThatDoesNotStream() {
            super(ModelEndpoint.of("silent", ModelProfile.local().build(), (chat, context, tokens) -> {
                if (chat.messages().toString().contains(LONG)) {
                    new CountDownLatch(1).await();
                }
                return Completion.of(ChatResponse.builder()
                        .aiMessage(AiMessage.from("hello"))
                        .finishReason(
                                chat.messages().toString().contains(CUT) ? FinishReason.LENGTH : FinishReason.STOP)
                        .build());
            }));
        }
    }

    @Nested
    class ARouting extends Contract {
        ARouting() {
            super(Routing.among(local("small"), remote("large"))
                    .by((request, candidates) -> Choice.of(candidates.get(candidates.size() - 1), "the last"))
                    .build());
        }
    }

    @Nested
    class AStickyRouting extends Contract {
        AStickyRouting() {
            super(Routing.among(local("small"), remote("large"))
                    .by((request, candidates) -> Choice.of(candidates.get(candidates.size() - 1), "the last"))
                    .stickyWithin(InMemorySessions.ofDefaults())
                    .build());
        }

        @Override
        protected Request request() {
            return super.request().session("conversation");
        }

        @Override
        protected Optional<Request> longRequest() {
            return super.longRequest().map(request -> request.session("conversation"));
        }

        @Override
        protected Optional<Request> cutRequest() {
            return super.cutRequest().map(request -> request.session("conversation"));
        }
    }

    @Nested
    class AnAbstainingRouting extends Contract {
        AnAbstainingRouting() {
            super(Routing.among(local("small"), remote("large"))
                    .by((request, candidates) -> Choice.abstain("no idea"))
                    .build());
        }
    }

    @Nested
    class AKeepingCascade extends Contract {
        AKeepingCascade() {
            super(Cascade.startingWith(local("small"))
                    .keepWhen(Confidences.meanTokenProbability().atLeast(0.5))
                    .deferTo(remote("large"))
                    .build());
        }
    }

    @Nested
    class ADeferringCascade extends Contract {
        ADeferringCascade() {
            super(Cascade.startingWith(local("small"))
                    .keepWhen((request, reply) -> Verdict.defer("always"))
                    .deferTo(remote("large"))
                    .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                    .build());
        }
    }

    @Nested
    class APipeline extends Contract {
        APipeline() {
            super(Pipeline.startingWith("draft", local("small"))
                    .then("refine", remote("large"), Handoffs.refine())
                    .build());
        }
    }

    @Nested
    class AnAssistedEndpoint extends Contract {
        AnAssistedEndpoint() {
            super(Assisted.endpoint(remote("large"))
                    .by(Assistants.hintFrom(local("small")))
                    .build());
        }
    }

    @Nested
    class AFusion extends Contract {
        AFusion() {
            super(Fusion.of(local("small"), remote("medium"), remote("large"))
                    .byVote()
                    .quorum(2)
                    .build());
        }
    }

    @Nested
    class ASelfConsistency extends Contract {
        ASelfConsistency() {
            super(SelfConsistency.of(remote("large")).samples(4).build());
        }
    }

    @Nested
    class AVerifiedEndpoint extends Contract {
        AVerifiedEndpoint() {
            super(Assisted.endpoint(local("small"))
                    .by(Assistants.verifiedBy(remote("large")))
                    .build());
        }
    }

    @Nested
    class AnEndpointThatAgreesWithAnother extends Contract {
        AnEndpointThatAgreesWithAnother() {
            super(Assisted.endpoint(remote("large"))
                    .by(Assistants.agreementWith(local("small")))
                    .build());
        }
    }

    @Nested
    class VoicesNested extends Contract {
        VoicesNested() {
            super(nested());
        }

        /** Samples of a verified answer, deferred to one that another confirms. */
        private static ModelEndpoint nested() {
            ModelEndpoint small = local("small");
            ModelEndpoint verified =
                    Assisted.endpoint(small).by(Assistants.verifiedBy(small)).build();
            return Cascade.startingWith(SelfConsistency.of(verified).samples(3).build())
                    .keepWhen(Confidences.reported().atLeast(0.9))
                    .deferTo(Assisted.endpoint(remote("large"))
                            .by(Assistants.agreementWith(SelfConsistency.of(small)
                                    .samples(2)
                                    .named("confirming")
                                    .build()))
                            .named("confirmed")
                            .build())
                    .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                    .build();
        }
    }

    @Nested
    class AllFiveNested extends Contract {
        AllFiveNested() {
            super(nested());
        }

        private static ModelEndpoint nested() {
            ModelEndpoint routing = Routing.among(local("small"), local("coder"))
                    .by((request, candidates) -> Choice.of(candidates.get(0), "the first"))
                    .build();
            ModelEndpoint fusion = Fusion.of(remote("medium"), remote("large"), routing)
                    .quorum(3)
                    .build();
            ModelEndpoint pipeline = Pipeline.startingWith("draft", fusion)
                    .then("refine", remote("editor"), Handoffs.refine())
                    .build();
            ModelEndpoint assisted = Assisted.endpoint(pipeline)
                    .by(Assistants.hintFrom(local("hinter")))
                    .build();
            return Cascade.startingWith(routing)
                    .keepWhen((request, reply) -> Verdict.defer("always"))
                    .deferTo(assisted)
                    .whenAStageFails(StageFailure.DEFER_OR_KEEP)
                    .build();
        }
    }
}
