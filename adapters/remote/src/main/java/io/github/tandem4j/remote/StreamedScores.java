package io.github.tandem4j.remote;

import io.github.tandem4j.TokenScores;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The log-probabilities that have come with a stream's events and not yet gone on with a piece of its text. LangChain4j
 * gives them with the whole answer only; so they are read from the events, before it reads them. One thread uses it, for
 * one call.
 */
final class StreamedScores implements Consumer<String> {

    private static final float[] NOTHING = {};

    private final Function<String, @Nullable List<Double>> reader;
    private float[] waiting = NOTHING;
    private boolean hasHole;

    /** Scores that are read from an event's data by this function; null for a hole, in place of a token's score. */
    StreamedScores(Function<String, @Nullable List<Double>> reader) {
        this.reader = reader;
    }

    @Override
    public void accept(String data) {
        List<Double> more = hasHole ? List.of() : reader.apply(data);
        if (more == null) {
            hasHole = true; // as the whole answer's, which then has none
            waiting = NOTHING;
            return;
        }
        int known = waiting.length;
        waiting = Arrays.copyOf(waiting, known + more.size());
        for (int i = 0; i < more.size(); i++) {
            waiting[known + i] = more.get(i).floatValue();
        }
    }

    /** {@return what has come since this was asked last} */
    TokenScores take() {
        TokenScores scores = TokenScores.of(waiting);
        waiting = NOTHING;
        return scores;
    }
}
