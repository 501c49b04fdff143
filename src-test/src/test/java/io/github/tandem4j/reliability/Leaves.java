package io.github.tandem4j.reliability;

import static java.time.Duration.ofMillis;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackAnswer;
import io.github.tandem4j.loopback.LoopbackRequest;
import io.github.tandem4j.loopback.LoopbackServer;
import io.github.tandem4j.remote.RemoteEndpoint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The models at the bottom of all nestings: remote ones of the three protocols on one loopback server, and local ones in
 * this process. All are priced, all go wrong now and then, and the ledger has all that they are asked and answer.
 */
final class Leaves implements AutoCloseable {

    /** A whole answer never uses more: it is within the worst case of every request, so that no budget is overdrawn. */
    private static final int MOST_INPUT = 40;

    private static final int MOST_OUTPUT = 12;

    private final Ledger ledger = new Ledger();
    private final Chance chance;
    private final Map<String, ModelEndpoint> leaves = new ConcurrentHashMap<>();
    private final LoopbackServer server;

    Leaves(Chance chance) {
        this.chance = chance;
        server = LoopbackServer.answering(this::answer)
                .keepRequests(0)
                .faults(this::fault)
                .whenServed(request -> ledger.ofExchange(request.number()).send());
    }

    Ledger ledger() {
        return ledger;
    }

    LoopbackServer server() {
        return server;
    }

    /** The leaf of this id; null if the id is a strategy's. */
    @Nullable
    ModelEndpoint leaf(String id) {
        return leaves.get(id);
    }

    ModelEndpoint remote(String id, int protocol) {
        return remote(id, protocol, ofMillis(400));
    }

    /** @param timeout of a whole call; a stream may be silent for half of it */
    ModelEndpoint remote(String id, int protocol, Duration timeout) {
        RemoteEndpoint.Builder builder =
                switch (protocol) {
                    case 0 -> RemoteEndpoint.openAi().baseUrl(server.v1());
                    case 1 -> RemoteEndpoint.anthropic().baseUrl(server.v1()).apiKey("sk-loopback");
                    default -> RemoteEndpoint.ollama().baseUrl(server.url());
                };
        return added(builder.id(id)
                .model(id)
                .price(Price.perMillionTokens("2.5", "10"))
                .maxOutputTokens(64)
                .timeout(timeout)
                .idleTimeout(timeout.dividedBy(2))
                .maxResponseBytes(Faults.MOST_BYTES)
                .build());
    }

    ModelEndpoint local(String id) {
        ModelProfile profile = ModelProfile.local()
                .price(Price.perMillionTokens("0.1", "0.3"))
                .maxOutputTokens(48)
                .build();
        return added(ModelEndpoint.of(
                id, profile, (ChatRequest chat, CallContext context, TokenSink tokens) -> turn(id, chat, tokens)));
    }

    private ModelEndpoint added(ModelEndpoint leaf) {
        leaves.put(leaf.id(), leaf);
        return leaf;
    }

    // --- the remote side

    private Fault fault(LoopbackRequest request) {
        int call = ledger.callIn(request.body().toString());
        int before = ledger.ask(call, request.model());
        return Faults.of(chance.of("fault", call, request.model(), before));
    }

    private LoopbackAnswer answer(LoopbackRequest request) {
        String prompt = request.body().toString();
        int call = ledger.callIn(prompt);
        Chance own = chance.of("answer", call, request.model(), request.number());
        boolean isLetter = Answers.isVerification(prompt);
        int input = 1 + own.of("input").below(MOST_INPUT);
        int output = isLetter ? 1 : 1 + own.of("output").below(MOST_OUTPUT);
        ledger.bill(call, request.number(), request.model(), input, output);
        if (isLetter) {
            return LoopbackAnswer.text(own.below(2) == 0 ? "A" : "B")
                    .withUsage(input, output)
                    .cutByItsLimit();
        }
        LoopbackAnswer answer = LoopbackAnswer.text(Answers.answer(call, request.number(), own));
        return answer.withLogProbabilities(answer.pieces().stream()
                        .map(piece -> -0.01 * own.of(piece).below(60))
                        .toArray(Double[]::new))
                .withUsage(input, output);
    }

    // --- the local side

    private Completion turn(String id, ChatRequest chat, TokenSink tokens) throws InterruptedException {
        String prompt = chat.messages().stream().map(ChatMessage::toString).collect(Collectors.joining("\n"));
        int call = ledger.callIn(prompt);
        int before = ledger.ask(call, id);
        Chance own = chance.of("local", call, id, before);
        int fault = own.of("fault").below(20);
        if (fault == 0) {
            throw new TransientException("local model is busy", null);
        }
        if (fault == 1) {
            Thread.sleep(1 + own.below(50));
        }
        if (fault == 2) {
            var unused = new CountDownLatch(1).await(400, TimeUnit.MILLISECONDS);
            throw new TransientException("local model hung", null);
        }
        int exchange = ledger.nextExchange();
        boolean isLetter = Answers.isVerification(prompt);
        String text = isLetter ? "A" : Answers.answer(call, exchange, own);
        List<String> words = List.of(text.split("(?<= )"));
        float[] scores = new float[words.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = -0.01f * own.of(i).below(60);
        }
        TokenScores all = TokenScores.of(scores);
        for (int i = 0; i < words.size(); i++) {
            if (fault == 3 && i == 2) {
                throw new TransientException("local model broke off", null);
            }
            tokens.accept(words.get(i), all.range(i, i + 1));
        }
        int input = 1 + own.of("input").below(MOST_INPUT);
        int output = isLetter ? 1 : 1 + own.of("output").below(MOST_OUTPUT);
        ledger.bill(call, exchange, id, input, output).send();
        return new Completion(
                ChatResponse.builder()
                        .aiMessage(AiMessage.from(text))
                        .tokenUsage(new TokenUsage(input, output))
                        .finishReason(isLetter ? FinishReason.LENGTH : FinishReason.STOP)
                        .build(),
                Evidence.of(EvidenceKey.TOKEN_SCORES, all));
    }

    static ChatRequest chat(int call, Chance chance) {
        return ChatRequest.builder()
                .messages(UserMessage.from(Answers.question(call, chance)))
                .build();
    }

    @Override
    public void close() {
        server.close();
    }
}
