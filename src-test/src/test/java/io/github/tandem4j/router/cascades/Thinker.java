package io.github.tandem4j.router.cascades;

import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.HiddenStates;
import io.github.tandem4j.LeafEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.NextToken;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.cascade.ReadingWishes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * A model of some states, of which the third number tells whether its answer is right, with noise, as nothing else does: it is
 * right if the prompt's hash is even.
 */
final class Thinker extends LeafEndpoint {

    private final String reader;

    Thinker(String id, String reader) {
        super(id, ModelProfile.local().build());
        this.reader = reader;
    }

    static boolean isRight(String prompt) {
        return (mixed(prompt) >>> 40 & 1) == 0;
    }

    private static long mixed(String prompt) {
        return prompt.hashCode() * 0x9E3779B97F4A7C15L;
    }

    static double grade(Request request) {
        return isRight(AnswerEvidence.prompt(request)) ? 1 : 0;
    }

    /** {@return answers to such questions, with states as they are wished for} */
    JudgedAnswer judged(String prompt, ReadingWishes wishes) {
        Request request = Request.of(prompt);
        return JudgedAnswer.asking(this, request, wishes, reply -> grade(request));
    }

    @Override
    protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
        return complete(chat, Evidence.none(), context, tokens);
    }

    @Override
    protected Completion complete(ChatRequest chat, Evidence told, CallContext context, TokenSink tokens) {
        Completion completion = Completion.of("so it is");
        return told.get(EvidenceKey.ANSWER_READING_WISH)
                .map(wish -> new Completion(
                        completion.response(),
                        Evidence.of(EvidenceKey.ANSWER_READING, states(wish, Request.of(chat)))
                                .with(EvidenceKey.READER, reader)))
                .orElse(completion);
    }

    @Override
    public <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
        if (key == EvidenceKey.READER) {
            return Optional.of(key.type().cast(reader));
        }
        if (key != EvidenceKey.PROMPT_READING) {
            return super.evidence(key, request);
        }
        ReadingWish wish =
                request.evidence().get(EvidenceKey.PROMPT_READING_WISH).orElseThrow();
        return Optional.of(key.type()
                .cast(PromptReading.of(reader, states(wish, request), new NextToken(1, 0.5, 0.1), Map.of(), 3, false)));
    }

    private static HiddenStates states(ReadingWish wish, Request request) {
        String prompt = AnswerEvidence.prompt(request);
        Random random = new Random(mixed(prompt));
        Map<String, float[]> vectors = new LinkedHashMap<>();
        for (String name : wish.states()) {
            float[] vector = new float[12];
            for (int i = 0; i < vector.length; i++) {
                vector[i] = (float) random.nextGaussian();
            }
            vector[2] += isRight(prompt) ? 2 : -2;
            vectors.put(name, vector);
        }
        return HiddenStates.of(vectors);
    }
}
