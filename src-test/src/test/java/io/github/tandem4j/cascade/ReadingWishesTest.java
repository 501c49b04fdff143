package io.github.tandem4j.cascade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.HiddenStates;
import io.github.tandem4j.LeafEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.NextToken;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a rule wishes to have read of a stage's model is asked for with the call, and given to the rule alone. */
@Timeout(60)
class ReadingWishesTest {

    private static final ReadingWish LAST = ReadingWish.none().states("last.1");
    private static final ReadingWish MEAN = ReadingWish.none().states("mean.1");

    /** Gives whatever states it is asked for, and notes what that was. */
    private static final class Open extends LeafEndpoint {
        private final List<String> told = new ArrayList<>();

        Open() {
            super("open", ModelProfile.local().build());
        }

        @Override
        protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
            return complete(chat, Evidence.none(), context, tokens);
        }

        @Override
        protected Completion complete(ChatRequest chat, Evidence evidence, CallContext context, TokenSink tokens) {
            Optional<ReadingWish> wish = evidence.get(EvidenceKey.ANSWER_READING_WISH);
            told.add("answer " + wish.map(ReadingWish::states).orElse(List.of()));
            return new Completion(
                    Completion.of("says open").response(),
                    Evidence.of(EvidenceKey.ANSWER_READING, states(wish.orElse(ReadingWish.none()))));
        }

        @Override
        public <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
            if (key != EvidenceKey.PROMPT_READING) {
                return super.evidence(key, request);
            }
            ReadingWish wish =
                    request.evidence().get(EvidenceKey.PROMPT_READING_WISH).orElseThrow();
            told.add("prompt " + wish.states());
            return Optional.of(key.type()
                    .cast(PromptReading.of("me", states(wish), new NextToken(1, 0.5, 0.1), Map.of(), 3, false)));
        }

        private static HiddenStates states(ReadingWish wish) {
            Map<String, float[]> vectors = new LinkedHashMap<>();
            wish.states().forEach(name -> vectors.put(name, new float[] {1, 2}));
            return HiddenStates.of(vectors);
        }
    }

    /** Wishes, and notes what it was given. */
    private static final class Curious implements ConfidenceMeasure {
        private final ReadingWishes wishes;
        private final List<String> seen = new ArrayList<>();

        Curious(ReadingWish answer, ReadingWish prompt) {
            wishes = new ReadingWishes(answer, prompt);
        }

        @Override
        public ReadingWishes wishes() {
            return wishes;
        }

        @Override
        public Confidence measure(Request request, Reply reply) {
            seen.add(reply.evidence()
                            .get(EvidenceKey.ANSWER_READING)
                            .map(HiddenStates::names)
                            .orElseThrow()
                    + " after "
                    + request.evidence()
                            .get(EvidenceKey.PROMPT_READING)
                            .map(reading -> reading.states().names())
                            .map(Object::toString)
                            .orElse("nothing"));
            return Confidence.probability(0.9, "curiosity");
        }
    }

    private final Open open = new Open();
    private final ScriptedEndpoint large = ScriptedEndpoint.saying("large", "says large");

    @Test
    void theStageIsAskedForWhatTheRuleWishesForAndForNothingElse() {
        Curious curious = new Curious(LAST, MEAN);
        Cascade.startingWith(open)
                .keepWhen(curious.atLeast(0.5))
                .deferTo(large)
                .build()
                .answer("?");
        assertThat(open.told).containsExactly("prompt [mean.1]", "answer [last.1]");
        assertThat(curious.seen).containsExactly("[last.1] after [mean.1]");

        open.told.clear();
        Cascade.startingWith(open)
                .keepWhen((request, reply) -> Verdict.keep("fine"))
                .deferTo(large)
                .build()
                .answer("?");
        assertThat(open.told).containsExactly("answer []");
    }

    @Test
    void wishesOfJoinedRulesAndOfTheCallerAreJoined() {
        Curious one = new Curious(LAST, ReadingWish.none());
        Curious two = new Curious(MEAN, ReadingWish.none());
        Cascade cascade = Cascade.startingWith(open)
                .keepWhen(one.atLeast(0.5).and(two.atLeast(0.5)).unless(TextSignal.REFUSAL))
                .deferTo(large)
                .build();
        cascade.answer(Request.of("?")
                .evidence(EvidenceKey.ANSWER_READING_WISH, ReadingWish.none().states("last.2")));
        assertThat(open.told).containsExactly("answer [last.2, last.1, mean.1]");
        assertThat(two.seen).containsExactly("[last.2, last.1, mean.1] after nothing");
    }

    @Test
    void aPolicysWishesAreByStage() {
        StagePolicy policy = new StagePolicy() {
            @Override
            public Verdict begin(Request request) {
                return Verdict.defer("first");
            }

            @Override
            public Verdict judge(Request request, String stage, Reply reply) {
                return Verdict.keep("read "
                        + reply.evidence().get(EvidenceKey.ANSWER_READING).orElseThrow());
            }

            @Override
            public ReadingWishes wishes(String stage) {
                return new ReadingWishes(ReadingWish.none().states(stage), ReadingWish.none());
            }
        };
        Cascade.of(open, large).decidedBy(policy).build().answer("?");
        assertThat(open.told).containsExactly("answer [open]");
    }

    @Test
    void aStageWithoutHiddenStatesGivesNoneAndNothingFails() {
        ReadingWishes wishes = new ReadingWishes(LAST, MEAN);
        DeferralRule rule = new DeferralRule() {
            @Override
            public Verdict judge(Request request, Reply reply) {
                return Verdict.keep(
                        request.evidence().get(EvidenceKey.PROMPT_READING).isPresent()
                                        || reply.evidence()
                                                .get(EvidenceKey.ANSWER_READING)
                                                .isPresent()
                                ? "read"
                                : "nothing read");
            }

            @Override
            public ReadingWishes wishes() {
                return wishes;
            }
        };
        Reply reply = Cascade.startingWith(ScriptedEndpoint.saying("closed", "says closed"))
                .keepWhen(rule)
                .deferTo(large)
                .build()
                .answer("?");
        assertThat(reply.trace().toString()).contains("kept: nothing read");
    }

    @Test
    void aReadingThatThrowsIsNamed() {
        LeafEndpoint broken = new LeafEndpoint("broken", ModelProfile.local().build()) {
            @Override
            protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
                return Completion.of("says broken");
            }

            @Override
            public <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
                if (key == EvidenceKey.PROMPT_READING) {
                    throw new IllegalStateException("no eyes");
                }
                return super.evidence(key, request);
            }
        };
        Cascade cascade = Cascade.startingWith(broken)
                .keepWhen(new Curious(LAST, MEAN).atLeast(0.5))
                .deferTo(large)
                .build();
        assertThatThrownBy(() -> cascade.answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("reading by broken")
                .hasMessageContaining("no eyes");
    }
}
