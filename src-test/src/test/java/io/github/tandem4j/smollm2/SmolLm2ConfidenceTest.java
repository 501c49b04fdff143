package io.github.tandem4j.smollm2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Ballot;
import io.github.tandem4j.Completion;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.auxiliary.Assistants;
import io.github.tandem4j.auxiliary.Assisted;
import io.github.tandem4j.fusion.SelfConsistency;
import io.github.tandem4j.onnx.Decoding;
import io.github.tandem4j.onnx.OnnxEndpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Confidence from more calls, of a real small model. */
final class SmolLm2ConfidenceTest {

    private final OnnxEndpoint small = SharedSmolLm2.endpoint();

    @Test
    void samplesVaryAndTheShareIsThatOfARecount() {
        List<Reply> samples = new ArrayList<>();
        Reply reply = SelfConsistency.of(small)
                .samples(5)
                .temperature(0.8)
                .comparing(sample -> {
                    samples.add(sample);
                    return sample.text();
                })
                .build()
                .answer(request("Write one short sentence about the sea."));
        assertThat(samples.stream().map(Reply::text).distinct())
                .as("different sentences of " + samples.size())
                .hasSizeGreaterThan(1);
        assertRecounted(reply, samples, 5);
    }

    @ParameterizedTest
    @CsvSource({"0.8", "0.2"})
    void theMajorityOfAShortAnswerIsThatOfARecount(double temperature) {
        List<Reply> samples = new ArrayList<>();
        Reply reply = SelfConsistency.of(small)
                .samples(5)
                .temperature(temperature)
                .comparing(sample -> {
                    samples.add(sample);
                    return sample.text();
                })
                .build()
                .answer(request("What is the capital of France? Answer in one short sentence."));
        assertRecounted(reply, samples, 5);
        assertThat(reply.evidence().get(EvidenceKey.TOKEN_SCORES)).isPresent();
    }

    /** Those that were cut are in the trace, and not among what was compared. */
    private static void assertRecounted(Reply reply, List<Reply> compared, int planned) {
        Map<Ballot, Integer> votes = new HashMap<>();
        compared.forEach(sample -> votes.merge(Ballot.of(sample).orElseThrow(), 1, Integer::sum));
        int most = votes.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        assertThat(reply.confidence().value()).isEqualTo((double) most / planned);
        assertThat(votes.get(Ballot.of(reply).orElseThrow())).isEqualTo(most);
    }

    @Test
    void aFixedSeedMakesAllSamplesOneAndTheirAgreementNothing() {
        Decoding firstWord = Decoding.greedy().seed(7).stopAt(List.of(" "));
        try (OnnxEndpoint seeded =
                OnnxEndpoint.builder(SmolLm2.directory()).decoding(firstWord).open()) {
            Reply reply = SelfConsistency.of(seeded)
                    .samples(4)
                    .temperature(1.5)
                    .stopAtAgreement(1)
                    .build()
                    .answer("Write one short sentence about the sea.");
            assertThat(reply.confidence().value()).isEqualTo(1);
            assertThat(reply.cost().calls()).isEqualTo(4);
        }
    }

    /**
     * The verdict is one of the two letters, so that its probability is read. It is not asserted to be right: this model
     * cannot tell true from false this way, its mean for the right answers being that for the wrong ones.
     */
    @ParameterizedTest
    @CsvSource({
        "What is the capital of France?, Paris",
        "What is the capital of France?, Lyon",
        "Which animal barks?, The dog",
        "What is 2 + 2?, 7"
    })
    void itsVerdictIsReadAsAProbability(String question, String answer) {
        ModelEndpoint main = ModelEndpoint.of(
                "main", ModelProfile.local().build(), (chat, context, tokens) -> Completion.of(answer));
        Reply reply =
                Assisted.endpoint(main).by(Assistants.verifiedBy(small)).build().answer(question);
        assertThat(reply.text()).isEqualTo(answer);
        assertThat(reply.confidence().measure()).isEqualTo("verifier's P(true)");
        assertThat(reply.confidence().value()).isStrictlyBetween(0.0, 1.0);
        assertThat(reply.trace()
                        .find("smollm2")
                        .orElseThrow()
                        .cost()
                        .byEndpoint()
                        .get(0)
                        .outputTokens())
                .isOne();
    }

    private static Request request(String prompt) {
        return Request.of(ChatRequest.builder()
                .messages(UserMessage.from(prompt))
                .maxOutputTokens(64)
                .build());
    }
}
