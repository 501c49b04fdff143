package io.github.tandem4j.router.cascades;

import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.HiddenStates;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.ReadingWishes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The hidden states that an answer and its prompt left in the model that wrote it, one after the other, each at unit length. */
final class StatesRead {

    private final String reader;
    private final double[] numbers;

    private StatesRead(String reader, double[] numbers) {
        this.reader = reader;
        this.numbers = numbers;
    }

    /** {@return what identifies that model; empty text if it is not said, and of two models both} */
    String reader() {
        return reader;
    }

    /** {@return finite numbers} */
    double[] numbers() {
        return numbers;
    }

    /** {@return them; null if one of them is not there} */
    static @Nullable StatesRead of(ReadingWishes wishes, Request request, Reply reply) {
        List<String> ofAnswer = wishes.answer().states();
        List<String> ofPrompt = wishes.prompt().states();
        HiddenStates answer = reply.evidence().get(EvidenceKey.ANSWER_READING).orElse(HiddenStates.none());
        // An earlier stage's reply carries its own; the request has that of the stage which answered last.
        PromptReading prompt = reply.evidence()
                .get(EvidenceKey.PROMPT_READING)
                .or(() -> request.evidence().get(EvidenceKey.PROMPT_READING))
                .orElse(null);
        HiddenStates before = prompt == null ? HiddenStates.none() : prompt.states();
        if (!answer.names().containsAll(ofAnswer) || !before.names().containsAll(ofPrompt)) {
            return null;
        }
        String reader = reply.evidence().get(EvidenceKey.READER).orElse("");
        if (prompt != null && !ofPrompt.isEmpty()) {
            reader = ofAnswer.isEmpty() || reader.equals(prompt.reader())
                    ? prompt.reader()
                    : reader + " and " + prompt.reader();
        }
        int size = size(answer, ofAnswer) + size(before, ofPrompt);
        double[] numbers = new double[size];
        put(before, ofPrompt, numbers, put(answer, ofAnswer, numbers, 0));
        return new StatesRead(reader, numbers);
    }

    private static int size(HiddenStates states, List<String> names) {
        return names.stream().mapToInt(states::size).sum();
    }

    private static int put(HiddenStates states, List<String> names, double[] into, int from) {
        int at = from;
        for (String name : names) {
            float[] vector = states.vector(name);
            double squares = 0;
            for (float number : vector) {
                squares += (double) number * number;
            }
            double scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
            for (float number : vector) {
                into[at++] = number * scale;
            }
        }
        return at;
    }
}
