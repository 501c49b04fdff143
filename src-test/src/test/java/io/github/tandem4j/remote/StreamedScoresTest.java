package io.github.tandem4j.remote;

import static io.github.tandem4j.ModelCapability.TOKEN_SCORES;
import static io.github.tandem4j.remote.Loopback.QUESTION;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackAnswer;
import io.github.tandem4j.loopback.LoopbackServer;
import io.github.tandem4j.loopback.Protocol;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A stream's pieces come with the scores of their tokens. */
class StreamedScoresTest {

    private LoopbackServer server;
    private final List<String> pieces = new ArrayList<>();
    private final List<List<Float>> scores = new ArrayList<>();
    private final TokenSink sink = new TokenSink() {
        @Override
        public void accept(String text) {
            accept(text, TokenScores.of(new float[0]));
        }

        @Override
        public void accept(String text, TokenScores known) {
            pieces.add(text);
            List<Float> values = new ArrayList<>();
            for (float value : known.logProbabilities()) {
                values.add(value);
            }
            scores.add(values);
        }
    };

    @BeforeEach
    void start() {
        server = LoopbackServer.answering("one two three");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Reply stream(Protocol protocol) {
        return Loopback.endpoint(protocol, server).build().answer(Request.of(QUESTION), sink);
    }

    @Test
    void eachPieceComesWithItsScoresAndTheySumUpToTheReplys() {
        server.answer(request -> LoopbackAnswer.text("one two three").withLogProbabilities(-0.5, -0.0625, -3.1));
        Reply reply = stream(Protocol.OPEN_AI);

        assertThat(pieces).containsExactly("one ", "two ", "three");
        assertThat(scores).containsExactly(List.of(-0.5f), List.of(-0.0625f), List.of(-3.1f));
        assertThat(reply.evidence().get(EvidenceKey.TOKEN_SCORES).orElseThrow().logProbabilities())
                .containsExactly(-0.5f, -0.0625f, -3.1f);
    }

    @Test
    void aTokenWithoutATextOfItsOwnIsScoredWithTheNextPiece() {
        server.answer(request -> LoopbackAnswer.text("")
                .withPieces(List.of("a", "\ud83d", "\ude00b", "c"))
                .withLogProbabilities(-0.1, -0.2, -0.3, -0.4));
        Reply reply = stream(Protocol.OPEN_AI);

        assertThat(pieces).containsExactly("a", "\ud83d\ude00b", "c");
        assertThat(scores).containsExactly(List.of(-0.1f), List.of(-0.2f, -0.3f), List.of(-0.4f));
        assertThat(reply.evidence().get(EvidenceKey.TOKEN_SCORES).orElseThrow().logProbabilities())
                .containsExactly(-0.1f, -0.2f, -0.3f, -0.4f);
    }

    @Test
    void afterAHoleInTheScoresNeitherPiecesNorReplyHaveAny() {
        server.fault(Fault.badEvent(
                1,
                "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"and \"},"
                        + "\"logprobs\":{\"content\":[{\"token\":\"and \",\"logprob\":null}]}}]}"));
        Reply reply = stream(Protocol.OPEN_AI);

        assertThat(pieces).containsExactly("one ", "and ", "two ", "three");
        assertThat(scores).containsExactly(List.of(-0.0f), List.of(), List.of(), List.of());
        assertThat(reply.evidence().get(EvidenceKey.TOKEN_SCORES)).isEmpty();
    }

    @Test
    void aModelThatGivesNoneStreamsWithoutThem() {
        Loopback.endpoint(Protocol.OPEN_AI, server).cannot(TOKEN_SCORES).build().answer(Request.of(QUESTION), sink);

        assertThat(pieces).containsExactly("one ", "two ", "three");
        assertThat(scores).containsOnly(List.of());
    }

    @ParameterizedTest
    @EnumSource(names = {"ANTHROPIC", "OLLAMA"})
    void providersWithoutScoresStreamAsEver(Protocol protocol) {
        stream(protocol);

        assertThat(pieces).containsExactly("one ", "two ", "three");
        assertThat(scores).containsOnly(List.of());
    }

    @Test
    void aCallWithinACallKeepsItsScoresToItself() {
        RemoteEndpoint endpoint = Loopback.endpoint(Protocol.OPEN_AI, server).build();
        List<String> inner = new ArrayList<>();
        endpoint.answer(Request.of(QUESTION), new TokenSink() {
            @Override
            public void accept(String text) {
                throw new AssertionError("no scores with '" + text + "'");
            }

            @Override
            public void accept(String text, TokenScores known) {
                assertThat(known.size()).isEqualTo(1);
                endpoint.answer(Request.of(QUESTION), inner::add);
            }
        });

        assertThat(inner).hasSize(9);
    }
}
