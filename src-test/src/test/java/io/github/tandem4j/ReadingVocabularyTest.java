package io.github.tandem4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.model.chat.request.ChatRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReadingVocabularyTest {
    private static final NextToken NEXT = new NextToken(1, 0.5, 0.1);

    @Test
    void statesAreCopiedOnTheWayInAndOut() {
        float[] mine = {1, 2};
        HiddenStates states = HiddenStates.of(Map.of("last.1", mine));
        mine[0] = 9;
        states.vector("last.1")[1] = 9;

        assertThat(states.vector("last.1")).containsExactly(1, 2);
        assertThat(states.size("last.1")).isEqualTo(2);
        float[] row = new float[4];
        assertThat(states.copyInto("last.1", row, 1)).isEqualTo(3);
        assertThat(row).containsExactly(0, 1, 2, 0);
        assertThat(HiddenStates.none().names()).isEmpty();
    }

    @Test
    void namesKeepTheirOrderAndUnknownOnesAreRefused() {
        Map<String, float[]> vectors = new LinkedHashMap<>();
        for (String name : List.of("z", "a", "m")) {
            vectors.put(name, new float[] {1});
        }
        HiddenStates states = HiddenStates.of(vectors);

        assertThat(states.names()).containsExactly("z", "a", "m");
        assertThat(states.only(List.of("m", "z")).names()).containsExactly("m", "z");
        assertThatThrownBy(() -> states.vector("b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no hidden state 'b' was read; valid is one of [z, a, m]");
    }

    @Test
    void numbersThatNoReadingHasAreRefused() {
        assertThatThrownBy(() -> HiddenStates.of(Map.of("last.1", new float[] {Float.NaN})))
                .hasMessageContaining("holds NaN");
        assertThatThrownBy(() -> HiddenStates.of(Map.of("last.1", new float[0])))
                .hasMessageContaining("is empty");
        assertThatThrownBy(() -> reading(Map.of("A", 0.1), 3)).hasMessageContaining("'A' is 0.1");
        assertThatThrownBy(() -> reading(Map.of("A", Double.NaN), 3)).hasMessageContaining("'A' is NaN");
        assertThatThrownBy(() -> reading(Map.of(), 0)).hasMessageContaining("has 0 tokens");
        assertThatThrownBy(() -> reading(Map.of("A", -1.0), 3).nextLogProbability("B"))
                .hasMessage("next token 'B' was not asked for; valid is one of [A]");
    }

    @Test
    void aWishAddsUpAndCountsNothingTwice() {
        ReadingWish wish =
                ReadingWish.none().last(3).mean(3).last(3).lastFinal().nextTokens(" A", " B", " A");

        assertThat(wish.states()).containsExactly("last.3", "mean.3", "last.final");
        assertThat(wish.nextTokens()).containsExactly(" A", " B");
        assertThat(wish)
                .isEqualTo(ReadingWish.none().nextTokens(" A", " B").states("last.3", "mean.3", "last.final"))
                .isNotEqualTo(wish.last(4));
    }

    @Test
    void anEndpointHearsWhatTheRequestTellsAndNoLessIfItDoesNotListen() {
        EvidenceKey<String> key = EvidenceKey.of("who asks", String.class);
        List<Evidence> heard = new ArrayList<>();
        LeafEndpoint listening = new LeafEndpoint(
                "listening", ModelProfile.local().build()) {
            @Override
            protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
                throw new AssertionError("the other one is called");
            }

            @Override
            protected Completion complete(ChatRequest chat, Evidence told, CallContext context, TokenSink tokens) {
                heard.add(told);
                return Completion.of("yes");
            }
        };

        assertThat(listening.answer(Request.of("?").evidence(key, "me")).text()).isEqualTo("yes");
        assertThat(heard.get(0).get(key)).hasValue("me");
        ModelEndpoint plain =
                ModelEndpoint.of("plain", ModelProfile.local().build(), (chat, context, tokens) -> Completion.of("no"));
        assertThat(plain.answer(Request.of("?").evidence(key, "me")).text()).isEqualTo("no");
    }

    @Test
    void aReaderOverAnEndpointAsksForWhatIsWished() {
        ReadingWish wish = ReadingWish.none().last(2);
        ModelEndpoint reads = new LeafEndpoint("reads", ModelProfile.local().build()) {
            @Override
            protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
                throw new AssertionError("it is read and not asked");
            }

            @Override
            public <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
                assertThat(request.evidence().get(EvidenceKey.PROMPT_READING_WISH))
                        .hasValue(wish);
                return Optional.of(key.type().cast(reading(Map.of(), 7)));
            }
        };

        assertThat(PromptReader.of(reads, wish).read(List.of("a", "b")))
                .extracting(PromptReading::promptTokens)
                .containsExactly(7, 7);
        assertThatThrownBy(() -> PromptReader.of(reads, wish).read(List.of("a", " ")))
                .isInstanceOf(RejectedRequestException.class);
        ModelEndpoint deaf =
                ModelEndpoint.of("deaf", ModelProfile.local().build(), (chat, context, tokens) -> Completion.of("no"));
        assertThatThrownBy(() -> PromptReader.of(deaf, wish).read(List.of("a")))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("deaf reads no prompts");
    }

    private static PromptReading reading(Map<String, Double> next, int tokens) {
        return PromptReading.of("me", HiddenStates.none(), NEXT, next, tokens, false);
    }
}
