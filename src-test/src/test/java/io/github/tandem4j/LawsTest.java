package io.github.tandem4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.auxiliary.Assistant;
import io.github.tandem4j.auxiliary.Assistants;
import io.github.tandem4j.auxiliary.Assisted;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.DeferralRule;
import io.github.tandem4j.cascade.StageFailure;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.fusion.Fusion;
import io.github.tandem4j.fusion.MissingAnswers;
import io.github.tandem4j.fusion.SelfConsistency;
import io.github.tandem4j.pipeline.Handoffs;
import io.github.tandem4j.pipeline.Next;
import io.github.tandem4j.pipeline.Pipeline;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/**
 * The laws of the algebra, on random costs, texts and compositions. Every seed is fixed, and a failing example prints its
 * own.
 */
class LawsTest {

    private static final String SEED = "20261123";

    /** How many a try is worth. */
    private static final int COMPOSITIONS = Boolean.getBoolean("tandem.thorough") ? 10 : 1;

    /** How long after its deadline a call over leaves that honour interrupts may still take. Generous: CI is slow. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    // --- cascade

    @Property(seed = SEED, tries = 100)
    void aCascadeThatNeverDefersIsItsFirstStage(
            @ForAll("answers") ScriptedAnswer a, @ForAll("answers") ScriptedAnswer b) {
        ScriptedEndpoint first = leaf("first", a);
        ScriptedEndpoint last = leaf("last", b);
        same(cascade(first, always(true), last), leaf("first", a));
        assertThat(last.calls()).isZero();
    }

    @Property(seed = SEED, tries = 100)
    void aCascadeThatAlwaysDefersIsItsLastStageAtTheCostOfBoth(
            @ForAll("answers") ScriptedAnswer a, @ForAll("answers") ScriptedAnswer b) {
        ModelEndpoint cascade = cascade(leaf("first", a), always(false), leaf("last", b));
        Reply reply = cascade.answer("?");
        Reply first = leaf("first", a).answer("?");
        Reply last = leaf("last", b).answer("?");
        assertThat(reply.text()).isEqualTo(last.text());
        assertThat(reply.author()).isEqualTo("last");
        assertThat(counted(reply.cost())).isEqualTo(counted(first.cost().plus(last.cost())));
    }

    @Property(seed = SEED, tries = 100)
    void nestingCascadesIsAssociative(
            @ForAll("answers") ScriptedAnswer a,
            @ForAll("answers") ScriptedAnswer b,
            @ForAll("answers") ScriptedAnswer c,
            @ForAll boolean keepA,
            @ForAll boolean keepB) {
        DeferralRule ruleA = keeps(a, keepA);
        DeferralRule ruleB = keeps(b, keepB);
        ModelEndpoint flat = Cascade.startingWith(leaf("a", a))
                .keepWhen(ruleA)
                .deferTo(leaf("b", b))
                .keepWhen(ruleB)
                .deferTo(leaf("c", c))
                .build();
        // To the right: the rest of the cascade is a cascade.
        same(cascade(leaf("a", a), ruleA, cascade(leaf("b", b), ruleB, leaf("c", c))), flat);
        // To the left: an answer that a kept is judged again, as one of a's, and kept again.
        DeferralRule eitherKeeps =
                (request, reply) -> (reply.author().equals("a") ? ruleA : ruleB).judge(request, reply);
        same(cascade(cascade(leaf("a", a), ruleA, leaf("b", b)), eitherKeeps, leaf("c", c)), flat);
    }

    // --- pipeline, fusion

    @Property(seed = SEED, tries = 100)
    void nestingPipelinesIsAssociative(
            @ForAll("answers") ScriptedAnswer a,
            @ForAll("answers") ScriptedAnswer b,
            @ForAll("answers") ScriptedAnswer c) {
        ModelEndpoint flat = Pipeline.startingWith("1", leaf("a", a))
                .then("2", leaf("b", b), refineLatest())
                .then("3", leaf("c", c), refineLatest())
                .build();
        ModelEndpoint left = Pipeline.startingWith(
                        "1-2",
                        Pipeline.startingWith("1", leaf("a", a))
                                .then("2", leaf("b", b), refineLatest())
                                .build())
                .then("3", leaf("c", c), refineLatest())
                .build();
        ModelEndpoint right = Pipeline.startingWith("1", leaf("a", a))
                .then(
                        "2-3",
                        Pipeline.startingWith("2", leaf("b", b))
                                .then("3", leaf("c", c), refineLatest())
                                .build(),
                        refineLatest())
                .build();
        same(left, flat);
        same(right, flat);
    }

    @Property(seed = SEED, tries = 100)
    void aFusionOfOneIsThatOne(@ForAll("answers") ScriptedAnswer a) {
        same(Fusion.of(leaf("only", a)).build(), leaf("only", a));
    }

    @Property(seed = SEED, tries = 50)
    void aSelfConsistencyOfOneVoiceGivesThatAnswerAtTheCostOfAMajority(
            @ForAll("answers") ScriptedAnswer a, @ForAll @IntRange(min = 2, max = 9) int samples) {
        ScriptedEndpoint voice = leaf("voice", a);
        Reply reply = SelfConsistency.of(voice).samples(samples).build().answer("?");
        Reply one = leaf("voice", a).answer("?");
        assertThat(reply.response()).isEqualTo(one.response());
        int majority = samples / 2 + 1;
        assertThat(voice.calls()).isEqualTo(majority);
        Cost expected = Cost.sum(Collections.nCopies(majority, one.cost()));
        assertThat(counted(reply.cost())).isEqualTo(counted(expected));
        assertThat(reply.confidence().value()).isEqualTo((double) majority / samples);
    }

    @Property(seed = SEED, tries = 50)
    void aRoutingAmongOneAndAnAssistantThatPassesOnAreThatOne(@ForAll("answers") ScriptedAnswer a) {
        same(
                Routing.among(leaf("only", a))
                        .by((request, candidates) -> {
                            throw new AssertionError("asked although there is no choice");
                        })
                        .build(),
                leaf("only", a));
        same(
                Assisted.endpoint(leaf("only", a))
                        .by(assistance -> assistance.answer(assistance.chat()))
                        .build(),
                leaf("only", a));
    }

    // --- costs and budgets

    @Property(seed = SEED, tries = 500)
    void addingCostsIsAssociativeAndCommutative(
            @ForAll("costs") Cost a, @ForAll("costs") Cost b, @ForAll("costs") Cost c) {
        assertThat(a.plus(b).plus(c)).isEqualTo(a.plus(b.plus(c))).isEqualTo(Cost.sum(List.of(a, b, c)));
        assertThat(entries(a.plus(b))).isEqualTo(entries(b.plus(a)));
        assertThat(a.plus(Cost.NONE)).isEqualTo(a);
        assertThat(Cost.NONE.plus(a)).isEqualTo(a);
        assertThat(a.plus(b).usd()).isEqualTo(a.usd().plus(b.usd()));
        assertThat(a.plus(b).tokens()).isEqualTo(a.tokens() + b.tokens());
        assertThat(a.plus(b).time()).isEqualTo(a.time().plus(b.time()));
    }

    @Property(seed = SEED, tries = 500)
    void aPriceIsMonotoneAndSplittingACallIsNeverCheaper(
            @ForAll("prices") Price price,
            @ForAll("tokens") int in,
            @ForAll("tokens") int out,
            @ForAll("tokens") int more) {
        assertThat(price.of(in + more, out)).isGreaterThanOrEqualTo(price.of(in, out));
        assertThat(price.of(in, out + more)).isGreaterThanOrEqualTo(price.of(in, out));
        assertThat(price.of(in, 0).plus(price.of(0, out))).isGreaterThanOrEqualTo(price.of(in, out));
    }

    @Property(seed = SEED, tries = 500)
    void whatABudgetLeavesToTheCompletionIsCoveredAndOneTokenMoreIsNot(
            @ForAll("prices") Price price, @ForAll("tokens") int prompt, @ForAll("amounts") Usd limit) {
        ScriptedEndpoint endpoint = ScriptedEndpoint.named("m")
                .profile(ModelProfile.remote()
                        .price(price)
                        .contextWindow(10_000_000)
                        .build())
                .countsPromptsAs(TokenCount.exactly(prompt))
                .plays((chat, context, tokens) -> ScriptedAnswer.of("all of it")
                        .using(prompt, chat.maxOutputTokens() == null ? 0 : chat.maxOutputTokens())
                        .complete(chat, context, tokens))
                .build();
        Budget budget = Budget.ofUsd(limit);
        try {
            Reply reply = endpoint.answer(Request.of("?").within(budget));
            assertThat(reply.cost().usd()).isLessThanOrEqualTo(limit);
            assertThat(budget.spent()).isEqualTo(reply.cost().usd());
            Integer cap = endpoint.asked().get(0).maxOutputTokens();
            if (cap != null) {
                assertThat(price.of(prompt, cap + 1L)).isGreaterThan(limit);
            }
        } catch (BudgetExceededException e) {
            assertThat(price.of(prompt, 16)).isGreaterThan(limit);
        }
    }

    // --- random compositions under random faults

    @Property(seed = SEED, tries = 200, shrinking = ShrinkingMode.OFF)
    void noCompositionOverspendsOutlivesLeaksOrMiscounts(@ForAll long seed) {
        for (int composition = 0; composition < COMPOSITIONS; composition++) {
            requireThatItDoesNotOverspendOutliveLeakOrMiscount(seed + composition);
        }
    }

    private static void requireThatItDoesNotOverspendOutliveLeakOrMiscount(long seed) {
        World world = new World(seed);
        ModelEndpoint endpoint = world.compose(world.random.nextInt(1, 5));
        for (int call = 0; call < 3; call++) {
            Budget money = Budget.ofUsd(new Usd(world.random.nextLong(0, 3_000_000)));
            Budget tokens = Budget.ofTokens(world.random.nextLong(0, 3000));
            String example = "seed " + seed + ", call " + call + ", " + endpoint + ", " + money + ", " + tokens;
            Usd moneyLimit = money.remaining().orElseThrow();
            long tokenLimit = tokens.remainingTokens().orElseThrow();
            long served = world.servedTokens();
            Usd billed = world.billed();
            Cost cost = world.call(endpoint, request(world).within(money).within(tokens));
            served = world.servedTokens() - served;
            billed = world.billed().minus(billed);

            assertThat(money.spent())
                    .as(example)
                    .isLessThanOrEqualTo(moneyLimit)
                    .isEqualTo(cost.usd());
            assertThat(cost.usd())
                    .as("money that the leaves billed; " + example)
                    .isEqualTo(billed);
            assertThat(cost.tokens())
                    .as("tokens that the leaves served; " + example)
                    .isEqualTo(served);
            assertThat(money.remaining())
                    .as("no reservation is left; " + example)
                    .contains(moneyLimit.minus(cost.usd()));
            assertThat(tokens.remainingTokens())
                    .as("no reservation is left; " + example)
                    .hasValue(tokenLimit - cost.tokens());
            assertThat(Thread.interrupted()).as("stray interrupt; " + example).isFalse();
        }
        world.assertNothingLeaked();
    }

    @Property(seed = SEED, tries = 40, shrinking = ShrinkingMode.OFF)
    void noCompositionOverspendsABudgetThatManyThreadsShare(@ForAll long seed) throws Exception {
        World world = new World(seed);
        ModelEndpoint endpoint = world.compose(3);
        Usd limit = new Usd(world.random.nextLong(1_000_000, 20_000_000));
        long tokenLimit = world.random.nextLong(1_000, 20_000);
        Budget money = Budget.ofUsd(limit);
        Budget tokens = Budget.ofTokens(tokenLimit);
        int threads = 8;
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Request> requests = IntStream.range(0, threads)
                    .mapToObj(i -> request(world).within(money).within(tokens))
                    .toList();
            List<Future<Cost>> futures = new ArrayList<>();
            for (Request request : requests) {
                futures.add(pool.submit(() -> {
                    start.await();
                    return world.call(endpoint, request);
                }));
            }
            start.countDown();
            Cost sum = Cost.NONE;
            for (Future<Cost> future : futures) {
                sum = sum.plus(future.get(2, TimeUnit.MINUTES));
            }
            String example = "seed " + seed + ", " + endpoint;
            assertThat(money.spent()).as(example).isLessThanOrEqualTo(limit).isEqualTo(sum.usd());
            assertThat(sum.usd()).as(example).isEqualTo(world.billed());
            assertThat(sum.tokens()).as(example).isEqualTo(world.servedTokens());
            assertThat(money.remaining()).as(example).contains(limit.minus(sum.usd()));
            assertThat(tokens.remainingTokens()).as(example).hasValue(tokenLimit - sum.tokens());
        } finally {
            pool.shutdownNow();
        }
        world.assertNothingLeaked();
    }

    private static Request request(World world) {
        Request request = Request.of("How many moons has Mars, and what are they called?");
        if (world.random.nextInt(3) == 0) {
            request = request.label(world.random.nextBoolean() ? PrivacyLabel.LOCAL_ONLY : PrivacyLabel.MASKED_ONLY);
        }
        return request;
    }

    /** Random leaves and strategies over them, and what really happened in the leaves. */
    private static final class World {

        private final SplittableRandom random;
        private final List<ScriptedEndpoint> leaves = new ArrayList<>();
        private final Map<String, PrivacyLabel> leaked = new HashMap<>();
        private final AtomicInteger names = new AtomicInteger();
        private final SplittableRandom faults;

        World(long seed) {
            random = new SplittableRandom(seed);
            faults = random.split();
        }

        private int fault(int bound) {
            synchronized (faults) {
                return faults.nextInt(bound);
            }
        }

        /** Calls it in a random way; what it cost, by its reply or by its exception. */
        Cost call(ModelEndpoint endpoint, Request request) {
            Cancellation cancellation = Cancellation.create();
            int way = fault(8);
            Request limited = request.cancelledBy(cancellation);
            if (way < 2) {
                limited = limited.deadline(Duration.ofMillis(1 + fault(8)));
            } else {
                limited = limited.deadline(Duration.ofMillis(60)); // a leaf may wait for ever
            }
            long start = System.nanoTime();
            try {
                RecordingSink sink = new RecordingSink();
                Reply reply;
                if (way == 3) {
                    Thread other = new Thread(cancellation::cancel);
                    other.start();
                    reply = endpoint.answer(limited, sink);
                } else {
                    reply = way == 4 ? endpoint.answer(limited) : endpoint.answer(limited, way == 5 ? thrower() : sink);
                }
                assertThat(reply.cost()).isEqualTo(reply.trace().cost());
                if (way != 4 && way != 5) {
                    assertThat(sink.text()).isEqualTo(reply.text());
                    assertThat(sink.violations()).isEmpty();
                }
                return reply.cost();
            } catch (TandemException e) {
                assertThat(e.trace()).as("trace of " + e).isPresent();
                assertThat(e).message().isNotBlank();
                return e.trace().map(Trace::cost).orElseThrow();
            } finally {
                assertThat(Duration.ofNanos(System.nanoTime() - start))
                        .as("time of a call with a deadline of 60 ms at most")
                        .isLessThan(GRACE);
            }
        }

        private static TokenSink thrower() {
            return text -> {
                throw new IllegalStateException("consumer is gone");
            };
        }

        long servedTokens() {
            return leaves.stream().mapToLong(ScriptedEndpoint::servedTokens).sum();
        }

        /** What the leaves' served answers come to, priced one by one. */
        Usd billed() {
            Usd sum = Usd.ZERO;
            for (ScriptedEndpoint leaf : leaves) {
                Price price = leaf.profile().price().orElseThrow();
                for (Completion completion : leaf.served()) {
                    var usage = completion.response().tokenUsage();
                    sum = sum.plus(price.of(usage.inputTokenCount(), usage.outputTokenCount()));
                }
            }
            return sum;
        }

        void assertNothingLeaked() {
            assertThat(leaked)
                    .as("labels of requests that reached a remote leaf")
                    .isEmpty();
        }

        private String name(String kind) {
            return kind + names.incrementAndGet();
        }

        ModelEndpoint compose(int depth) {
            if (depth == 0 || random.nextInt(6) == 0) {
                return leaf();
            }
            return switch (random.nextInt(6)) {
                case 0 -> routing(depth - 1);
                case 1 -> cascade(depth - 1);
                case 2 -> pipeline(depth - 1);
                case 3 -> assisted(depth - 1);
                case 4 -> selfConsistency(depth - 1);
                default -> fusion(depth - 1);
            };
        }

        private ModelEndpoint leaf() {
            boolean remote = random.nextBoolean();
            String id = name(remote ? "remote" : "local");
            ModelProfile profile = (remote ? ModelProfile.remote() : ModelProfile.local())
                    .price(remote ? Price.perMillionTokens("2.5", "10") : Price.FREE)
                    .maxOutputTokens(random.nextInt(20, 60))
                    .build();
            ScriptedEndpoint leaf = ScriptedEndpoint.named(id)
                    .profile(profile)
                    .plays((chat, context, tokens) -> turn(id, remote, chat, context, tokens))
                    .build();
            leaves.add(leaf);
            return leaf;
        }

        private Completion turn(String id, boolean remote, ChatRequest chat, CallContext context, TokenSink tokens)
                throws Exception {
            if (remote
                    && (context.label() == PrivacyLabel.LOCAL_ONLY
                            || (context.label() == PrivacyLabel.MASKED_ONLY && !context.isMasked()))) {
                synchronized (leaked) {
                    leaked.put(id, context.label());
                }
            }
            int most = chat.maxOutputTokens() == null ? 20 : Math.min(20, chat.maxOutputTokens());
            ScriptedAnswer answer = ScriptedAnswer.of("Two: Phobos and Deimos, says " + id + ".")
                    .using(12, 1 + fault(most))
                    .withTokenProbabilities(0.2 + fault(8) / 10.0);
            return switch (fault(12)) {
                case 0 -> throw new TransientException("busy", null);
                case 1 -> throw new IllegalStateException("a bug in the leaf");
                case 2 -> throw new RejectedRequestException("declined");
                case 3 -> {
                    tokens.accept("Two: ");
                    throw new IOException("connection reset");
                }
                case 4 -> {
                    new CountDownLatch(1).await();
                    throw new AssertionError("not reached");
                }
                case 5 -> {
                    Thread.sleep(1 + fault(4));
                    yield answer.complete(chat, context, tokens);
                }
                default -> answer.complete(chat, context, tokens);
            };
        }

        /** A plug-in's result, or now and then its fault. */
        private <T> @Nullable T orFault(T result) {
            return switch (fault(20)) {
                case 0 -> throw new IllegalStateException("a bug in the plug-in");
                case 1 -> null;
                default -> result;
            };
        }

        @SuppressWarnings("NullAway") // plug-ins that return null are part of the test
        private ModelEndpoint routing(int depth) {
            return Routing.among(members(depth))
                    .by((request, candidates) -> orFault(
                            fault(4) == 0
                                    ? Choice.abstain("no idea")
                                    : Choice.of(candidates.get(fault(candidates.size())), "by chance")))
                    .named(name("routing"))
                    .build();
        }

        @SuppressWarnings("NullAway")
        private ModelEndpoint cascade(int depth) {
            DeferralRule rule =
                    (request, reply) -> orFault(fault(2) == 0 ? Verdict.keep("heads") : Verdict.defer("tails"));
            StageFailure[] choices = StageFailure.values();
            Cascade.Builder builder =
                    Cascade.startingWith(compose(depth)).keepWhen(rule).deferTo(compose(depth));
            if (random.nextBoolean()) {
                builder = builder.keepWhen(rule).deferTo(compose(depth));
            }
            return builder.whenAStageFails(choices[random.nextInt(choices.length)])
                    .named(name("cascade"))
                    .build();
        }

        @SuppressWarnings("NullAway")
        private ModelEndpoint pipeline(int depth) {
            return Pipeline.startingWith("draft", compose(depth))
                    .then(
                            "refine",
                            compose(depth),
                            (request, before) -> orFault(
                                    fault(4) == 0
                                            ? Next.finish("good as it is")
                                            : Handoffs.refine().next(request, before)))
                    .named(name("pipeline"))
                    .build();
        }

        @SuppressWarnings("NullAway")
        private ModelEndpoint assisted(int depth) {
            ModelEndpoint main = compose(depth);
            ModelEndpoint helper = compose(0);
            Assistant assistant =
                    switch (random.nextInt(7)) {
                        case 0 -> Assistants.hintFrom(helper);
                        case 5 -> Assistants.verifiedBy(helper);
                        case 6 -> Assistants.agreementWith(helper, reply -> orFault(reply.text()));
                        case 1 -> Assistant.after((assistance, reply) -> orFault(reply.response()));
                        case 2 -> assistance -> orFault(assistance.proceed(assistance.chat()));
                        case 3 -> Assistant.masking(assistance -> assistance.answer(assistance.chat()));
                        default ->
                            assistance -> {
                                Reply help = assistance.ask(helper, assistance.chat());
                                return orFault(
                                        fault(3) == 0
                                                ? assistance.reply(help.response())
                                                : assistance.answer(assistance.chat()));
                            };
                    };
            Assisted.Builder builder = Assisted.endpoint(main);
            if (random.nextInt(3) == 0) {
                builder = builder.by(Assistant.masking(assistance -> assistance.answer(assistance.chat())));
            }
            return builder.by(assistant).named(name("assisted")).build();
        }

        private ModelEndpoint fusion(int depth) {
            List<ModelEndpoint> members = members(depth);
            MissingAnswers[] choices = MissingAnswers.values();
            return Fusion.of(members)
                    .quorum(random.nextInt(1, members.size() + 1))
                    .whenAnswersAreMissing(choices[random.nextInt(choices.length)])
                    .named(name("fusion"))
                    .build();
        }

        @SuppressWarnings("NullAway")
        private ModelEndpoint selfConsistency(int depth) {
            MissingAnswers[] choices = MissingAnswers.values();
            SelfConsistency.Builder builder = SelfConsistency.of(compose(depth))
                    .samples(random.nextInt(2, 5))
                    .comparing(reply -> orFault(reply.text()))
                    .whenSamplesFail(choices[random.nextInt(choices.length)]);
            if (random.nextBoolean()) {
                builder = builder.atOnce(1);
            }
            if (random.nextBoolean()) {
                builder = builder.stopAtAgreement(random.nextDouble(0.3, 1));
            }
            return builder.named(name("samples")).build();
        }

        private List<ModelEndpoint> members(int depth) {
            List<ModelEndpoint> members = new ArrayList<>();
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                members.add(compose(depth));
            }
            return members;
        }
    }

    // --- what is compared, and of what

    private static void same(ModelEndpoint composed, ModelEndpoint plain) {
        RecordingSink sink = new RecordingSink();
        Reply left = composed.answer(Request.of("?"), sink);
        Reply right = plain.answer("?");
        assertThat(left.text()).isEqualTo(right.text()).isEqualTo(sink.text());
        assertThat(left.author()).isEqualTo(right.author());
        assertThat(left.response()).isEqualTo(right.response());
        assertThat(counted(left.cost())).isEqualTo(counted(right.cost()));
    }

    private static Map<String, String> counted(Cost cost) {
        Map<String, String> map = new TreeMap<>();
        cost.byEndpoint()
                .forEach(entry -> map.put(
                        entry.endpoint(),
                        entry.calls() + " " + entry.usd() + " " + entry.inputTokens() + " " + entry.outputTokens()));
        return map;
    }

    private static Map<String, EndpointCost> entries(Cost cost) {
        Map<String, EndpointCost> map = new TreeMap<>();
        cost.byEndpoint().forEach(entry -> map.put(entry.endpoint(), entry));
        return map;
    }

    private static ScriptedEndpoint leaf(String id, ScriptedAnswer answer) {
        return ScriptedEndpoint.named(id)
                .profile(ModelProfile.remote()
                        .price(Price.perMillionTokens("0.15", "0.60"))
                        .build())
                .says(answer)
                .build();
    }

    private static ModelEndpoint cascade(ModelEndpoint first, DeferralRule rule, ModelEndpoint last) {
        return Cascade.startingWith(first).keepWhen(rule).deferTo(last).build();
    }

    private static DeferralRule always(boolean keep) {
        return (request, reply) -> keep ? Verdict.keep("always") : Verdict.defer("always");
    }

    private static DeferralRule keeps(ScriptedAnswer answer, boolean keep) {
        return (request, reply) ->
                keep && reply.text().equals(answer.text()) ? Verdict.keep("its own") : Verdict.defer("not its own");
    }

    /** Refines on the latest answer alone, so that it does not matter how many steps a pipeline counts before it. */
    private static io.github.tandem4j.pipeline.Handoff refineLatest() {
        return (request, before) -> Next.ask(
                Request.of("Refine: " + before.get(before.size() - 1).text()).chat(), "refine");
    }

    @Provide
    Arbitrary<ScriptedAnswer> answers() {
        return Combinators.combine(
                        Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(12),
                        Arbitraries.integers().between(0, 100_000),
                        Arbitraries.integers().between(0, 100_000))
                .as((text, in, out) -> ScriptedAnswer.of(text).using(in, out));
    }

    @Provide
    Arbitrary<Cost> costs() {
        Arbitrary<EndpointCost> entry = Combinators.combine(
                        Arbitraries.of("a", "b", "c"),
                        Arbitraries.integers().between(1, 5),
                        Arbitraries.integers().between(0, 1),
                        Arbitraries.longs().between(0, 1_000_000_000),
                        Arbitraries.longs().between(0, 1_000_000),
                        Arbitraries.longs().between(0, 1_000_000),
                        Arbitraries.longs().between(0, 1_000_000_000))
                .as((id, calls, unpriced, nanos, in, out, time) ->
                        new EndpointCost(id, calls, unpriced, new Usd(nanos), in, out, Duration.ofNanos(time)));
        return entry.list().ofMaxSize(3).uniqueElements(EndpointCost::endpoint).map(Cost::new);
    }

    @Provide
    Arbitrary<Price> prices() {
        return Combinators.combine(
                        Arbitraries.bigDecimals()
                                .between(BigDecimal.ZERO, BigDecimal.valueOf(600))
                                .ofScale(7),
                        Arbitraries.bigDecimals()
                                .between(new BigDecimal("0.0000001"), BigDecimal.valueOf(600))
                                .ofScale(7))
                .as(Price::new);
    }

    @Provide
    Arbitrary<Integer> tokens() {
        return Arbitraries.integers().between(0, 1_000_000);
    }

    @Provide
    Arbitrary<Usd> amounts() {
        return Arbitraries.longs().between(0, 5_000_000_000L).map(Usd::new);
    }
}
