package io.github.tandem4j.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.HiddenStates;
import io.github.tandem4j.LeafEndpoint;
import io.github.tandem4j.LocalModel;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.NextToken;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.PromptReader;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Usd;
import io.github.tandem4j.cascade.DeferralRule;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.router.cascades.AnswerQuality;
import io.github.tandem4j.router.defence.Consensus;
import io.github.tandem4j.router.defence.EscalationQuota;
import io.github.tandem4j.router.defence.Familiarity;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.Probe;
import io.github.tandem4j.router.features.Views;
import io.github.tandem4j.router.learning.Heads;
import io.github.tandem4j.router.learning.LearnedRouter;
import io.github.tandem4j.router.learning.TrainedQuality;
import io.github.tandem4j.router.online.Bandit;
import io.github.tandem4j.router.online.TrafficShare;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.rules.SemanticRoutes;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Router;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What may not travel reaches no embedding model that is not known to be local, whoever would have asked it. */
final class PromptPrivacyTest {

    private static final String SECRET = "the integral of the secret river number 42";
    private static final Request LOCAL = Request.of(SECRET).label(PrivacyLabel.LOCAL_ONLY);
    private static final Request MASKED_ONLY = Request.of(SECRET).label(PrivacyLabel.MASKED_ONLY);

    /** An embedding model behind an API: whatever it hears has left the machine. */
    private static final class Heard implements EmbeddingModel {

        private final EmbeddingModel hashing = new HashingEmbeddings(64);
        private final List<String> texts = new ArrayList<>();

        @Override
        public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
            segments.forEach(segment -> texts.add(segment.text()));
            return hashing.embedAll(segments);
        }

        @Override
        public int dimension() {
            return hashing.dimension();
        }

        private boolean heardTheSecret() {
            return texts.stream().anyMatch(text -> text.contains("secret"));
        }
    }

    private final ModelEndpoint small = ScriptedEndpoint.named("small")
            .profile(ModelProfile.local().build())
            .says("from small")
            .build();
    private final ModelEndpoint large = ScriptedEndpoint.named("large")
            .profile(ModelProfile.local().build())
            .says("from large")
            .build();
    private final List<ModelEndpoint> both = List.of(small, large);

    private static RecordedOutcomes outcomes() {
        Random random = new Random(5);
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            boolean hard = random.nextBoolean();
            String prompt = (hard ? "compute the integral of " : "who likes the apple ") + random.nextInt(100_000);
            queries.add(RecordedQuery.of("q" + i, prompt)
                    .outcome(
                            "small",
                            RecordedOutcome.scored(hard ? 0 : 1)
                                    .response("It is " + random.nextInt(9))
                                    .confidence(random.nextDouble())
                                    .tokens(20, 4)
                                    .cost(Usd.ZERO))
                    .outcome("large", RecordedOutcome.scored(1).response("It is 4")));
        }
        return RecordedOutcomes.of(queries);
    }

    private static TrainedQuality trained(Features view) {
        return LearnedRouter.training(outcomes())
                .between("small", "large")
                .scoring(Heads.ridge().over(view))
                .seed(7)
                .fit();
    }

    private static List<String> prompts(String kind) {
        return IntStream.range(0, 40)
                .mapToObj(i -> kind + " prompt number " + i)
                .toList();
    }

    /** Every user of embeddings that chooses or judges, over one model. */
    private Map<String, Router> routers(EmbeddingModel model) {
        TrainedQuality quality = trained(Views.embedding("heard", model));
        TrainedQuality cached = trained(Views.remembered(Views.joined(Views.embedding("heard", model), Views.text())));
        Familiarity familiarity = Familiarity.of(model, "heard", prompts("training"), prompts("held-out"));
        SemanticRoutes routes = SemanticRoutes.over(model, "heard")
                .route("maths", large, "integral of a river", "sum of two numbers")
                .acceptingFrom(-1);
        Router fixed = (request, candidates) -> Choice.of(small, "fixed");
        Features view = Views.embedding("heard", model);
        Map<String, Router> routers = new LinkedHashMap<>();
        routers.put("learned", quality.router());
        routers.put("learned, remembered", cached.router());
        routers.put("best value", BestValue.by(quality).payingForQuality(Usd.of("1")));
        routers.put("share", TrafficShare.of(0.5).to(large).otherwise(small).byGain(quality));
        routers.put("semantic routes", routes);
        routers.put("familiar", familiarity.guard(fixed, 0.05));
        routers.put("consensus", Consensus.of(routes));
        routers.put("quota", EscalationQuota.of(100, Duration.ofHours(1)).around(quality.router(), large, small));
        routers.put(
                "bandit",
                Bandit.linUcb(request -> view.read(request).values(0), "heard").build());
        return routers;
    }

    private Router router(String name, EmbeddingModel model) {
        return Objects.requireNonNull(routers(model).get(name), name);
    }

    @Test
    void aModelThatIsNotKnownToBeLocalNeverHearsWhatMayNotTravel() {
        for (boolean caching : new boolean[] {false, true}) {
            Heard heard = new Heard();
            EmbeddingModel model = caching ? CachingEmbeddingModel.of(heard) : heard;
            routers(model).forEach((name, router) -> {
                for (Request request : List.of(LOCAL, MASKED_ONLY)) {
                    Choice choice = router.choose(request, both);
                    assertThat(choice.endpoint()).as(name).isEmpty();
                    assertThat(choice.why())
                            .as(name)
                            .contains("is labelled " + request.context().label(), "not known to be local");
                    assertThat(heard.heardTheSecret()).as(name).isFalse();
                }
                assertThat(router.choose(Request.of("an open question of " + name), both)
                                .why())
                        .as("%s, asked openly", name)
                        .doesNotContain("not known to be local");
            });
            assertThat(heard.texts).as("what is open was heard").anyMatch(text -> text.contains("an open question"));
        }
    }

    @Test
    void theDecisionOfACallSaysSo() {
        Heard heard = new Heard();
        Routing routing = Routing.among(small, large)
                .by(router("learned", heard))
                .whenAbstaining(small)
                .build();
        Reply reply = routing.answer(LOCAL);
        assertThat(reply.author()).isEqualTo("small");
        assertThat(reply.trace().toString())
                .contains("router abstained", "is labelled LOCAL_ONLY", "not known to be local");
        assertThat(heard.heardTheSecret()).isFalse();
    }

    @Test
    void whatIsLocalOrVouchedForReadsIt() {
        for (boolean caching : new boolean[] {false, true}) {
            Heard heard = new Heard();
            EmbeddingModel vouched = LocalModel.vouchedFor(heard);
            routers(caching ? CachingEmbeddingModel.of(vouched) : vouched)
                    .forEach((name, router) -> assertThat(
                                    router.choose(LOCAL, both).why())
                            .as(name)
                            .doesNotContain("not known to be local"));
            assertThat(heard.heardTheSecret()).isTrue();
        }
        assertThat(LocalModel.isKnownToBe(CachingEmbeddingModel.of(new Heard())))
                .isFalse();
    }

    @Test
    void anEstimatorIsUnknownAndARuleDefersOrSaysSo() {
        Heard heard = new Heard();
        Confidence estimate = trained(Views.embedding("heard", heard)).estimate(LOCAL, small);
        assertThat(estimate.isKnown()).isFalse();
        assertThat(estimate.measure()).contains("not known to be local");
        Reply reply = small.answer(LOCAL);
        DeferralRule familiar = Familiarity.of(heard, "heard", prompts("training"), prompts("held-out"))
                .guardRule((request, answer) -> Verdict.keep("fine"), 0.05);
        assertThat(familiar.judge(LOCAL, reply).keeps()).isFalse();
        assertThat(familiar.judge(LOCAL, reply).why()).contains("not known to be local");
        AnswerQuality quality =
                AnswerQuality.training("small").on(outcomes()).embeddings(heard).fit();
        assertThat(quality.measure(LOCAL, reply).measure()).contains("without embeddings", "not known to be local");
        assertThat(quality.measure(Request.of("an open one"), reply).measure()).doesNotContain("without embeddings");
        assertThatThrownBy(() -> Views.embedding("heard", heard).read(List.of(Request.of("open"), LOCAL), done -> {}))
                .isInstanceOf(PrivacyException.class);
        assertThat(heard.heardTheSecret()).isFalse();
    }

    @Test
    void aReaderOfPromptsAsksNoRemoteEndpointForWhatMayNotTravel() {
        List<String> asked = new ArrayList<>();
        ModelEndpoint remote = new Telling(asked);
        PromptReader reader = PromptReader.of(remote, ReadingWish.none());
        Features expectation = Probe.of("remote", reader).expectation();
        assertThatThrownBy(() -> expectation.read(LOCAL)).isInstanceOf(PrivacyException.class);
        assertThatThrownBy(() -> expectation.read(List.of(Request.of("open"), LOCAL), done -> {}))
                .isInstanceOf(PrivacyException.class);
        assertThat(asked).noneMatch(text -> text.contains("secret"));
        expectation.read(Request.of("an open one"));
        assertThat(asked).anyMatch(text -> text.contains("an open one"));
    }

    @Test
    void aReaderThatSaysNothingIsNotKnownToBeLocal() {
        List<String> asked = new ArrayList<>();
        PromptReader remote = PromptReader.of(new Telling(asked), ReadingWish.none());
        PromptReader wrapped = (prompts, sink) -> remote.read(prompts, sink);
        Features expectation = Probe.of("wrapped", wrapped).expectation();
        assertThatThrownBy(() -> expectation.read(LOCAL)).isInstanceOf(PrivacyException.class);
        assertThat(asked).noneMatch(text -> text.contains("secret"));
    }

    /** A remote endpoint that reads prompts, and keeps no limit by itself. */
    private static final class Telling extends LeafEndpoint {

        private final List<String> asked;

        private Telling(List<String> asked) {
            super("telling", ModelProfile.remote().build());
            this.asked = asked;
        }

        @Override
        protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
            throw new IllegalStateException("not asked to answer");
        }

        @Override
        public <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
            asked.add(request.chat().messages().toString());
            return Optional.of(key.type()
                    .cast(PromptReading.of(
                            "00".repeat(32),
                            HiddenStates.of(Map.of()),
                            new NextToken(1, 0.5, 0.2),
                            Map.of(),
                            3,
                            false)));
        }
    }

    /** Masks the river's number, as an assistant would. */
    private static final class Masking extends StrategyEndpoint {

        private final ModelEndpoint inner;

        private Masking(ModelEndpoint inner) {
            super("masking", "masking", List.of(inner));
            this.inner = inner;
        }

        @Override
        protected Reply conduct(StrategyCall call) {
            ChatRequest masked = ChatRequest.builder()
                    .messages(UserMessage.from("the integral of <MASKED>"))
                    .build();
            return call.reply(call.askMasked("masked", inner, masked, call.tokens()));
        }

        @Override
        protected Optional<TandemException> refusalByMembers(Request request) {
            return Optional.empty();
        }
    }

    @Test
    void ofWhatIsToBeMaskedOnlyTheMaskedTextIsHeard() {
        Heard heard = new Heard();
        Routing routing =
                Routing.among(small, large).by(router("semantic routes", heard)).build();
        Reply reply = new Masking(routing).answer(MASKED_ONLY);
        assertThat(reply.trace().toString()).contains("nearest route maths");
        assertThat(heard.texts).contains("the integral of <MASKED>");
        assertThat(heard.heardTheSecret()).isFalse();
        CallContext masked = MASKED_ONLY.context();
        assertThat(masked.mayTravel()).isFalse();
        assertThat(Request.of("x").context().mayTravel()).isTrue();
    }
}
