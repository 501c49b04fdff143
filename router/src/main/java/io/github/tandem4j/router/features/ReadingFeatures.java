package io.github.tandem4j.router.features;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.PromptReader;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * All of a local model's reading of the prompt: its hidden states, each at unit length, then what it expects of the next
 * token (entropy, greatest log-probability, margin, log-probabilities that were asked for) and the prompt's length.
 */
final class ReadingFeatures implements Features {

    private static final int SIGNS = 4;
    private static final String BLANK = ".";

    private final String name;
    private final PromptReader reader;
    private final List<String> states;
    private final List<Integer> sizes;
    private final List<String> tokens;

    /** Reads one short prompt, to see what the reader reads. */
    ReadingFeatures(String name, PromptReader reader) {
        this(name, reader, null);
    }

    /** Of these states alone; of all if null. */
    ReadingFeatures(String name, PromptReader reader, @Nullable List<String> wanted) {
        this.name = name;
        this.reader = reader;
        PromptReading reading = reader.read(List.of("Hello")).get(0);
        Set<String> read = reading.states().names();
        states = wanted == null ? List.copyOf(read) : List.copyOf(wanted);
        for (String state : states) {
            if (!read.contains(state)) {
                throw new IllegalArgumentException(
                        "hidden state " + state + " is not read by " + name + "; valid is one of " + read);
            }
        }
        sizes = states.stream().map(reading.states()::size).toList();
        tokens = List.copyOf(reading.nextLogProbabilities().keySet());
    }

    String name() {
        return name;
    }

    List<String> states() {
        return states;
    }

    List<Integer> sizes() {
        return sizes;
    }

    int signs() {
        return SIGNS + tokens.size();
    }

    @Override
    public String id() {
        return "reading.1:" + name + states + tokens.size();
    }

    @Override
    public int dimension() {
        return sizes.stream().mapToInt(size -> size).sum() + signs();
    }

    @Override
    public List<FeatureRows.Block> blocks() {
        List<FeatureRows.Block> blocks = new ArrayList<>();
        sizes.forEach(size -> blocks.add(new FeatureRows.Block(size, false)));
        blocks.add(new FeatureRows.Block(signs(), true));
        return blocks;
    }

    @Override
    public boolean isBoundToTask() {
        return true;
    }

    @Override
    public FeatureRows read(List<Request> requests, DoubleConsumer progress) {
        List<String> prompts = requests.stream()
                .map(request -> {
                    String text = UserText.of(request);
                    return text.isBlank() ? BLANK : text;
                })
                .toList();
        float[][] rows = new float[prompts.size()][];
        if (rows.length == 1 || !requests.stream().allMatch(ReadingFeatures::isFree)) {
            // Those that are to be answered, each within its own limits.
            for (int i = 0; i < rows.length; i++) {
                rows[i] = row(reader.read(requests.get(i), prompts.get(i)));
                progress.accept((i + 1.0) / rows.length);
            }
            return FeatureRows.dense(dimension(), rows);
        }
        int[] done = {0};
        reader.read(prompts, (index, reading) -> {
            rows[index] = row(reading);
            progress.accept((double) ++done[0] / rows.length);
        });
        return FeatureRows.dense(dimension(), rows);
    }

    private static boolean isFree(Request request) {
        return request.context().mayTravel() && request.context().budgets().isEmpty();
    }

    private float[] row(PromptReading reading) {
        if (!reading.states().names().containsAll(states)
                || !reading.nextLogProbabilities().keySet().containsAll(tokens)) {
            throw new ConfigurationException(
                    "reader " + name + " read " + reading.states().names() + " of a prompt, and " + states
                            + " before; valid is one wish for all prompts");
        }
        float[] row = new float[dimension()];
        int at = 0;
        for (String state : states) {
            int end = reading.states().copyInto(state, row, at);
            double squares = 0;
            for (int i = at; i < end; i++) {
                squares += (double) row[i] * row[i];
            }
            float scale = squares > 0 ? (float) (1 / Math.sqrt(squares)) : 0;
            for (; at < end; at++) {
                row[at] *= scale;
            }
        }
        row[at++] = (float) reading.nextToken().entropy();
        row[at++] = (float) Math.log(Math.max(1e-9, reading.nextToken().maxProbability()));
        row[at++] = (float) reading.nextToken().margin();
        row[at++] = (float) Math.log(reading.promptTokens());
        for (String token : tokens) {
            row[at++] = (float) Math.max(-40, reading.nextLogProbability(token));
        }
        return row;
    }
}
