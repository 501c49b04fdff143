package io.github.tandem4j.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.Usd;
import io.github.tandem4j.auxiliary.Assistant;
import io.github.tandem4j.auxiliary.Assistants;
import io.github.tandem4j.auxiliary.Assisted;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.fusion.Fusion;
import io.github.tandem4j.fusion.SelfConsistency;
import io.github.tandem4j.routing.Affinity;
import io.github.tandem4j.routing.CachedPrompt;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** What a whole conversation costs, what a warm cache saves, and what a strategy is taken to cost. */
class ExpectedCostTest {

    private static final Price PRICE = Price.perMillionTokens("10", "30", "1");
    private static final ExpectedCost COST = new ExpectedCost(100);
    private static final QualityEstimator EQUAL = (request, endpoint) -> Confidence.probability(0.5, "quality");

    private final ScriptedEndpoint one = priced("one", PRICE);
    private final ScriptedEndpoint two = priced("two", PRICE);
    private final ScriptedEndpoint free = ScriptedEndpoint.saying("free", "hi");
    private final ScriptedEndpoint unpriced = ScriptedEndpoint.named("unpriced")
            .profile(ModelProfile.remote().build())
            .says("hi")
            .build();

    private static ScriptedEndpoint priced(String id, Price price) {
        return ScriptedEndpoint.named(id)
                .profile(ModelProfile.remote().price(price).build())
                .says(ScriptedAnswer.of("hi").using(4000, 1))
                .build();
    }

    @Test
    void everyPartOfTheConversationCosts() {
        UserMessage last = UserMessage.from("And now?");
        Usd alone = cost(ChatRequest.builder().messages(last).build());
        List<ChatMessage> before = List.of(
                SystemMessage.from("Be brief. ".repeat(50)),
                UserMessage.from("word ".repeat(50)),
                AiMessage.from("word ".repeat(50)),
                UserMessage.from(ImageContent.from("http://localhost/x.png")));
        for (ChatMessage message : before) {
            assertThat(cost(ChatRequest.builder().messages(message, last).build()))
                    .as(message.type().toString())
                    .isGreaterThan(alone);
        }
        assertThat(cost(ChatRequest.builder()
                        .messages(last)
                        .toolSpecifications(ToolSpecification.builder()
                                .name("clock")
                                .description("Tells the time.")
                                .build())
                        .build()))
                .isGreaterThan(alone);
    }

    private Usd cost(ChatRequest chat) {
        return COST.of(Request.of(chat), one).orElseThrow();
    }

    @Property
    void aCacheSavesTheDifferenceOfPricesAndNeverMoreThanThePrompt(
            @ForAll @LongRange(min = 0, max = 20_000) long cached,
            @ForAll @IntRange(min = 1, max = 5000) int words,
            @ForAll @IntRange(min = 0, max = 10) int cachedPrice) {
        Price price = Price.perMillionTokens("10", "30", String.valueOf(cachedPrice));
        ScriptedEndpoint endpoint = priced("one", price);
        Request request = Request.of("word ".repeat(words));
        long prompt = TokenCount.estimate(request.chat()).tokens();
        Request warm = request.evidence(CachedPrompt.KEY, new CachedPrompt("one", cached));
        Usd cold = COST.of(request, endpoint).orElseThrow();
        Usd saved = cold.minus(COST.of(warm, endpoint).orElseThrow());
        assertThat(saved.nanos()).isEqualTo(Math.min(cached, prompt) * (10 - cachedPrice) * 1000);
        assertThat(saved).isGreaterThanOrEqualTo(Usd.ZERO).isLessThanOrEqualTo(price.of(prompt, 0));
        assertThat(COST.of(warm, two)).as("another's cache").isEqualTo(COST.of(request, two));
    }

    @Test
    void aPriceThatKnowsNoCacheSavesNothing() {
        ScriptedEndpoint plain = priced("one", Price.perMillionTokens("10", "30"));
        Request request = Request.of("word ".repeat(2000));
        Request warm = request.evidence(CachedPrompt.KEY, new CachedPrompt("one", 1500));
        assertThat(COST.of(warm, plain)).isEqualTo(COST.of(request, plain));
    }

    @Property
    void allElseEqualBestValueStays(
            @ForAll @LongRange(min = 0, max = 20_000) long cached, @ForAll boolean second, @ForAll boolean warm) {
        ScriptedEndpoint with = second ? two : one;
        Request request = Request.of("word ".repeat(2000))
                .evidence(Affinity.KEY, Affinity.first(with.id(), Instant.EPOCH, cached));
        if (warm) {
            request = request.evidence(CachedPrompt.KEY, new CachedPrompt(with.id(), cached));
        }
        Choice choice = BestValue.by(EQUAL).payingForQuality(Usd.of("0.01")).choose(request, List.of(one, two));
        assertThat(choice.endpoint()).containsSame(with);
    }

    @Test
    void aSlightlyBetterEndpointIsNotWorthACacheButACheaperOneOnceItIsCold() {
        QualityEstimator slightly =
                (request, endpoint) -> Confidence.probability(endpoint.id().equals("two") ? 0.51 : 0.5, "quality");
        BestValue value = BestValue.by(slightly).payingForQuality(Usd.of("1"));
        Request request = Request.of("word ".repeat(4000));
        Request warm = request.evidence(CachedPrompt.KEY, new CachedPrompt("one", 4000));
        assertThat(value.choose(warm, List.of(one, two)).endpoint()).containsSame(one);
        assertThat(value.choose(request, List.of(one, two)).endpoint()).containsSame(two);
    }

    @Test
    void aStickyRoutingTellsBestValueWhatItsCacheHolds() {
        Routing routing = Routing.among(two, one)
                .by(BestValue.by((request, endpoint) -> Confidence.probability(
                                request.chat().messages().size()
                                                == 1
                                                == endpoint.id().equals("one")
                                        ? 0.51
                                        : 0.5,
                                "quality"))
                        .payingForQuality(Usd.of("1")))
                .stickyWithin(InMemorySessions.ofDefaults())
                .build();
        assertThat(routing.answer(Request.of("?").session("s")).author()).isEqualTo("one");
        ChatRequest grown = ChatRequest.builder()
                .messages(UserMessage.from("?"), UserMessage.from("word ".repeat(4000)))
                .build();
        Reply stayed = routing.answer(Request.of(grown).session("s"));
        assertThat(stayed.trace().decisions()).hasSize(1);
        assertThat(stayed.trace().toString()).contains("chose one");
        assertThat(routing.answer(Request.of(grown)).author()).isEqualTo("two");
    }

    @Test
    void helpersCostToo() {
        Request request = Request.of("word ".repeat(100));
        Usd single = COST.of(request, one).orElseThrow();
        for (Assistant assistant : List.of(
                Assistants.verifiedBy(two),
                Assistants.verifiedBy(one),
                Assistants.agreementWith(two),
                Assistants.hintFrom(two),
                Assistant.masking(Assistants.hintFrom(two)),
                Assistant.asking(assistance -> assistance.answer(assistance.chat()), two))) {
            assertThat(COST.of(request, Assisted.endpoint(one).by(assistant).build()))
                    .contains(single.plus(single));
        }
        assertThat(COST.of(
                        request,
                        Assisted.endpoint(free)
                                .by(Assistants.verifiedBy(unpriced))
                                .build()))
                .isEmpty();
    }

    @Test
    void aStrategyCostsWhatItsMembersDo() {
        Request request = Request.of("word ".repeat(100));
        ScriptedEndpoint dear = priced("dear", Price.perMillionTokens("20", "60"));
        Usd single = COST.of(request, one).orElseThrow();
        Usd dearest = COST.of(request, dear).orElseThrow();
        Cascade cascade = Cascade.startingWith(free)
                .keepWhen((asked, reply) -> Verdict.keep("always"))
                .deferTo(one)
                .build();
        Routing routing = Routing.among(free, one, dear)
                .by((asked, candidates) -> Choice.of(candidates.get(0), "the first"))
                .build();
        assertThat(COST.of(request, cascade)).contains(single);
        assertThat(COST.of(request, routing)).contains(dearest);
        assertThat(COST.of(request, Fusion.of(one, two, cascade).quorum(2).build()))
                .contains(single.plus(single).plus(single));
        assertThat(COST.of(request, Fusion.of(one, unpriced).quorum(2).build())).isEmpty();
        assertThat(COST.of(request, Fusion.of(one, one, two).build()))
                .as("a member that is named twice is asked twice")
                .contains(single.plus(single).plus(single));
        assertThat(COST.of(
                        request,
                        Routing.among(SelfConsistency.of(one).samples(4).build(), two)
                                .by((asked, candidates) -> Choice.abstain("no idea"))
                                .build()))
                .contains(single.plus(single).plus(single).plus(single));
        List<ModelEndpoint> both = List.of(one, cascade);
        QualityEstimator quality =
                (asked, endpoint) -> Confidence.probability(endpoint == cascade ? 0.9 : 0.5, "quality");
        assertThat(BestValue.by(quality)
                        .payingForQuality(Usd.of("1"))
                        .choose(request, both)
                        .endpoint())
                .as("a strategy with a remote member can be chosen")
                .containsSame(cascade);
        assertThat(Stream.of(cascade, routing)
                        .map(strategy -> strategy.profile().price()))
                .as("although it has no price of its own")
                .allMatch(Optional::isEmpty);
    }
}
