package io.github.tandem4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.Budget;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Completion;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.LeafEndpoint;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Trace;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.Usd;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.resilience.OfflineLadder;
import io.github.tandem4j.router.CompletionLengths;
import io.github.tandem4j.router.certificates.AuditedAnswer;
import io.github.tandem4j.router.certificates.Certificate;
import io.github.tandem4j.router.certificates.PromiseMonitor;
import io.github.tandem4j.router.online.BudgetPacer;
import io.github.tandem4j.router.replay.Replay;
import io.github.tandem4j.router.replay.Report;
import io.github.tandem4j.router.replay.Routability;
import io.github.tandem4j.smollm2.SharedSmolLm2;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The examples do what they say, on the real small model where it takes part. */
final class ExamplesTest {

    private final ModelEndpoint small = Endpoints.answering("small", "small answer");
    private final ModelEndpoint large = Endpoints.answering("large", "large answer");
    private final OnnxEndpoint smollm2 = SharedSmolLm2.endpoint();

    @Test
    void theReadmeShowsTheQuickstart() throws Exception {
        Path root = Path.of("..").toRealPath();
        String example =
                Files.readString(root.resolve("examples/src/main/java/io/github/tandem4j/examples/Quickstart.java"));
        String body = example.substring(
                example.indexOf("ModelEndpoint small"), example.indexOf("System.out.println(reply.trace())"));
        String stripped = body.lines().map(String::strip).collect(Collectors.joining("\n"));
        String readme = Files.readString(root.resolve("README.md"))
                .lines()
                .map(String::strip)
                .collect(Collectors.joining("\n"));
        assertThat(readme).contains(stripped);
    }

    @Test
    void threeModelsShareADaysBudget() {
        ThreeModelsUnderABudget.Day day = new ThreeModelsUnderABudget.Day();
        Usd budget = Usd.of("0.80");
        BudgetPacer pacer = BudgetPacer.spending(budget).clock(day).start();
        CompletionLengths lengths = CompletionLengths.startingAt(256);
        ModelEndpoint assistant = ThreeModelsUnderABudget.assistant(
                ThreeModelsUnderABudget.small(),
                ThreeModelsUnderABudget.medium(),
                ThreeModelsUnderABudget.large(),
                lengths,
                pacer);
        PrintStream unseen = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        for (int i = 0; i < 2; i++) {
            assertThat(ThreeModelsUnderABudget.playDay(assistant, lengths, pacer, day, 2_000, unseen))
                    .containsOnlyKeys("small", "medium", "large");
            assertThat((double) pacer.spent().nanos() / budget.nanos()).isCloseTo(1, within(0.03));
            day.end();
        }
    }

    @Test
    void aRouterIsTrainedInTenLines() {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            TrainedRouter.main(new String[0]);
        } finally {
            System.setOut(before);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("small: expected gain", "large: expected gain");
    }

    @Test
    void aLambdaRoutesByTheLengthOfTheConversation() {
        assertThat(CustomRouter.byLambda(small, large).answer("Hello").author()).isEqualTo("small");
    }

    @Test
    void rulesSendCodeToTheLargeOne() {
        Reply reply = CustomRouter.byRules(small, large).answer("```java\nint x = 1;\n```\nWhat is x?");
        assertThat(reply.author()).isEqualTo("large");
        assertThat(reply.trace().decisions().get(0).why()).isEqualTo("contains code");
    }

    @Test
    void aRouterOfOnesOwnAbstainsOutsideOfficeHours() {
        Clock night = Clock.fixed(Instant.parse("2026-01-05T03:00:00Z"), ZoneOffset.UTC);
        Clock noon = Clock.fixed(Instant.parse("2026-01-05T12:00:00Z"), ZoneOffset.UTC);
        assertThat(route(night).author()).isEqualTo("small");
        assertThat(route(noon).author()).isEqualTo("large");
    }

    private Reply route(Clock clock) {
        return io.github.tandem4j.routing.Routing.among(small, large)
                .by(new CustomRouter.OfficeHours(clock, large))
                .whenAbstaining(small)
                .build()
                .answer("Hello");
    }

    @Test
    void aConversationStaysWithItsModelUntilTheRouterHasInsisted() {
        StickyConversation conversation =
                new StickyConversation(StickyConversation.model("small"), StickyConversation.model("large"));
        assertThat(answerers(conversation.say("What is a prime number?"))).containsExactly("small");
        List<Reply> stayed = conversation.say("Can you prove that there are infinitely many?");
        assertThat(answerers(stayed)).containsExactly("small");
        assertThat(stayed.get(0).trace().toString())
                .contains("stayed with small: large was proposed once, switches after 2");
        assertThat(answerers(conversation.say("I mean it: prove it."))).containsExactly("large");
        List<Reply> exchange = conversation.say("When is my next lesson?");
        assertThat(answerers(exchange)).containsExactly("large", "large");
        assertThat(exchange.get(1).trace().toString()).contains("stayed with large: in the middle of a tool exchange");
        assertThat(answerers(conversation.say("Thank you."))).containsExactly("small");
    }

    private static List<String> answerers(List<Reply> replies) {
        return replies.stream().map(Reply::author).toList();
    }

    @Test
    void aLearnedRouterReadsThePromptWithTheSmallModel() {
        Reply reply = PlugIns.learned(smollm2, remote("large answer")).answer("The capital of France is");
        assertThat(reply.trace().decisions().get(0).confidence().isKnown()).isTrue();
    }

    /** A model that shows what it has in mind. */
    private static final class Open extends LeafEndpoint {

        Open() {
            super("open", ModelProfile.local().build());
        }

        @Override
        protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
            return Completion.of("mine");
        }

        @Override
        public <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
            return key == PlugIns.HIDDEN_STATE
                    ? Optional.of(key.type().cast(new PlugIns.HiddenState(List.of(1f, -2f))))
                    : Optional.empty();
        }
    }

    @Test
    void aRouterAsksForEvidenceOfItsOwnKind() {
        ModelEndpoint open = new Open();
        assertThat(PlugIns.probing(open, large, List.of(3f, 1f)).answer("q?").author())
                .isEqualTo("large");
        assertThat(PlugIns.probing(open, large, List.of(1f, 1f)).answer("q?").author())
                .isEqualTo("open");
        Reply without = PlugIns.probing(small, large, List.of(1f)).answer("q?");
        assertThat(without.author()).isEqualTo("small");
        assertThat(without.trace().decisions().get(0).why()).contains("no hidden state");
    }

    @Test
    void aCalibratedRuleDefersARecordingWithoutScores() {
        ModelEndpoint first = PlugIns.recorded("first", Price.FREE, Map.of("q?", "32"));
        ModelEndpoint second = PlugIns.recorded("second", Price.perMillionTokens("1", "1"), Map.of("q?", "42"));
        Reply reply = PlugIns.calibrated(first, second).answer("q?");
        assertThat(reply.text()).isEqualTo("42");
        assertThat(reply.cost().usd().nanos()).isPositive();
    }

    @Test
    void aCarefulSmallModelKeepsWhatItSaysAgainAndDefersTheRest() {
        ModelEndpoint steady = Endpoints.answering("steady", "Six times seven is\n42");
        Reply kept = CarefulSmallModel.bySelfConsistency(steady, large).answer("6 * 7?");
        assertThat(kept.author()).isEqualTo("steady");
        assertThat(kept.cost().calls()).isEqualTo(3);
        AtomicInteger calls = new AtomicInteger();
        ModelEndpoint torn = ModelEndpoint.of(
                "torn",
                ModelProfile.local().build(),
                (chat, context, tokens) -> Completion.of("It is\n" + calls.incrementAndGet()));
        Reply deferred = CarefulSmallModel.bySelfConsistency(torn, large).answer("6 * 7?");
        assertThat(deferred.author()).isEqualTo("large");
        assertThat(deferred.trace().toString())
                .contains("drew 5 samples: 1 agree")
                .contains("sample 5 of 5: torn");
    }

    @Test
    void aCarefulSmallModelAsksAVerifierOrAnother() {
        ModelEndpoint yes = Endpoints.answering("yes", "A");
        ModelEndpoint no = Endpoints.answering("no", "B");
        assertThat(CarefulSmallModel.byVerification(small, yes, large)
                        .answer("?")
                        .author())
                .isEqualTo("small");
        assertThat(CarefulSmallModel.byVerification(small, no, large)
                        .answer("?")
                        .author())
                .isEqualTo("large");
        ModelEndpoint alike = Endpoints.answering("alike", "I think:\nSmall answer.");
        assertThat(CarefulSmallModel.byAgreement(small, alike, large)
                        .answer("?")
                        .author())
                .isEqualTo("small");
        assertThat(CarefulSmallModel.byAgreement(small, no, large).answer("?").author())
                .isEqualTo("large");
    }

    @Test
    void streamingPrintsExactlyTheAnswer() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Reply reply = Streaming.stream(
                smollm2, remote("From afar."), "What is 17 + 25?", new PrintStream(out, true, StandardCharsets.UTF_8));
        assertThat(out.toString(StandardCharsets.UTF_8).strip())
                .isEqualTo(reply.text().strip());
    }

    @Test
    void anAiServiceCallsItsToolThroughTheCascade() {
        ModelProfile profile = ModelProfile.remote()
                .price(Price.perMillionTokens("0.15", "0.60"))
                .maxOutputTokens(64)
                .can(ModelCapability.TOOLS)
                .build();
        ModelEndpoint caller = ModelEndpoint.of("caller", profile, (chat, context, tokens) -> {
            boolean asked = chat.messages().stream().anyMatch(ToolExecutionResultMessage.class::isInstance);
            return asked
                    ? Completion.of("A double room is 140 euros.")
                    : Completion.of(ChatResponse.builder()
                            .aiMessage(AiMessage.from(ToolExecutionRequest.builder()
                                    .id("1")
                                    .name("priceOf")
                                    .arguments("{\"room\": \"double\"}")
                                    .build()))
                            .build());
        });
        CountingRates rates = new CountingRates();
        String answer = AiServiceWithTool.concierge(smollm2, caller, rates).answer("What is a double room?");
        assertThat(answer).isEqualTo("A double room is 140 euros.");
        assertThat(rates.calls).isEqualTo(1);
    }

    @Test
    void aRecordAndALabelComeFromASmallModel() {
        StructuredOutput.Person person =
                StructuredOutput.extractor(smollm2).personIn("Maria Santos, 34, lives in Lisbon.");
        assertThat(person.name()).contains("Maria");
        assertThat(StructuredOutput.happinessOf(smollm2, "The best film I have seen in years!"))
                .isIn("yes", "no");
    }

    @Test
    void theSmallModelAnswersWhileTheNetworkIsAway() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        ModelEndpoint away = ModelEndpoint.of("away", ModelProfile.remote().build(), (chat, context, tokens) -> {
            throw new TransientException("no route to host", null);
        });
        OfflineLadder assistant = OfflineAnswers.assistant(small, away);
        Reply first = OfflineAnswers.ask(assistant, "Hello", printed);
        Reply second = OfflineAnswers.ask(assistant, "Hello again", printed);
        assertThat(first.trace().find("away-resilient").orElseThrow().children())
                .hasSize(3);
        assertThat(second.trace().find("away-resilient").orElseThrow().outcome())
                .isEqualTo(Trace.Outcome.PASSED_OVER);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("small answer")
                .contains("by small, offline; ");
        assertThat(OfflineAnswers.ask(OfflineAnswers.assistant(small, large), "Hello", printed)
                        .author())
                .isEqualTo("large");
    }

    @Test
    void aSharedBudgetIsNeverExceededAndSaysWhatItRefuses() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        Budget day = Budget.ofUsd("0.02");
        List<Reply> first = SharedBudget.askAtOnce(SharedBudget.large(), 24, day, printed);
        assertThat(first).isNotEmpty().hasSizeLessThan(24);
        assertThat(out.toString(StandardCharsets.UTF_8).lines().filter(line -> line.startsWith("refused: ")))
                .hasSize(24 - first.size())
                .allMatch(line -> line.contains("call of large") && line.endsWith("is left"));

        ModelEndpoint unsure = Endpoints.answering("small", "I don't know.");
        List<Reply> second =
                SharedBudget.askAtOnce(SharedBudget.assistant(unsure, SharedBudget.large()), 24, day, printed);
        assertThat(second).hasSize(24);
        assertThat(answerers(second)).contains("small");
        assertThat(Stream.concat(first.stream(), second.stream())
                        .map(reply -> reply.cost().usd())
                        .reduce(Usd.ZERO, Usd::plus))
                .isEqualTo(day.spent())
                .isLessThanOrEqualTo(Usd.of("0.02"));
        assertThat(day.remaining()).contains(Usd.of("0.02").minus(day.spent()));
    }

    /** Notes that it was called. */
    public static final class CountingRates {

        private int calls;

        /** Tells the price of a room. */
        @Tool
        public double priceOf(@P("room") String room) {
            calls++;
            return new AiServiceWithTool.Rates().priceOf(room);
        }
    }

    private static ModelEndpoint remote(String text) {
        ModelProfile profile = ModelProfile.remote()
                .price(Price.perMillionTokens("0.15", "0.60"))
                .maxOutputTokens(64)
                .build();
        return ModelEndpoint.of("remote", profile, (chat, context, tokens) -> Completion.of(text));
    }

    @Test
    void aCertifiedCascadeKeepsItsPromiseAndNoticesWhenItNoLongerCan() {
        ModelEndpoint adder = CertifiedCascade.adder(false);
        Certificate certificate = CertifiedCascade.certify(adder, CertifiedCascade.questions(500, 1));
        PromiseMonitor monitor = PromiseMonitor.of(certificate);
        Queue<AuditedAnswer> audited = new ConcurrentLinkedQueue<>();
        ModelEndpoint assistant = CertifiedCascade.assistant(adder, large, certificate, monitor, audited);
        int kept = 0;
        int wrong = 0;
        for (Map.Entry<String, String> question :
                CertifiedCascade.questions(1000, 3).entrySet()) {
            Reply reply = assistant.answer(question.getKey());
            if (reply.author().equals("small")) {
                kept++;
                wrong += reply.text().equals(question.getValue()) ? 0 : 1;
                monitor.observe(reply.text().equals(question.getValue()) ? 0 : 1);
            }
        }
        assertThat(kept).isGreaterThan(500);
        assertThat((double) wrong / kept).isLessThanOrEqualTo(0.10);
        assertThat(monitor.alarm()).isEmpty();

        ModelEndpoint worse =
                CertifiedCascade.assistant(CertifiedCascade.adder(true), large, certificate, monitor, audited);
        CertifiedCascade.questions(400, 2).forEach((question, right) -> {
            Reply reply = worse.answer(question);
            if (reply.author().equals("small")) {
                monitor.observe(reply.text().equals(right) ? 0 : 1);
            }
        });
        assertThat(monitor.alarm()).isPresent();
        Reply after = worse.answer("What is 3 + 4?");
        assertThat(after.author()).isEqualTo("large");
        assertThat(after.trace().toString()).contains("deferred: alarm since", "the promise no longer holds");
    }

    @Test
    void theReplayLabSaysWhatARouterOfOnesOwnIsWorth() {
        Replay lab = Replay.of(RouterInTheReplayLab.recorded()).resamples(200);

        assertThat(RouterInTheReplayLab.score(lab).routability().orElseThrow().answer())
                .isEqualTo(Routability.Answer.YES);
        Report cascade = RouterInTheReplayLab.cascade(lab);
        assertThat(cascade.measured().score().value())
                .isGreaterThan(cascade.random().score().value());
        assertThat(cascade.measured().costUsd().value())
                .isLessThan(cascade.strong().costUsd().value());
    }
}
