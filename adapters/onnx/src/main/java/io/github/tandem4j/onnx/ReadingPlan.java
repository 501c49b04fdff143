package io.github.tandem4j.onnx;

import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.onnx.graph.NextTokenOutputs;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A wish that a model can fulfil.
 *
 * @param states the vectors and where each is from
 * @param nextTokens the ids of the tokens by their texts
 */
record ReadingPlan(List<State> states, Map<String, Integer> nextTokens) {
    private static final String LAST = "last.";
    private static final String MEAN = "mean.";

    /** More than any head was trained on; a reading is kept in memory whole. */
    private static final int MOST = 1024;

    /** One vector: a graph's output, and whether its rows' mean is wanted or the last of them. */
    record State(String name, String output, boolean isMean) {}

    /** Nothing but the next token's distribution. */
    static final ReadingPlan NOTHING = new ReadingPlan(List.of(), Map.of());

    /**
     * The plan of a reading of a prompt. The state behind the last layer is computed at the last position alone, so that
     * it has no mean.
     */
    static ReadingPlan ofPrompt(String model, ReadingWish wish, Decoder decoder, Tokenizer tokenizer) {
        return of(model, wish, decoder, tokenizer, false);
    }

    /** The plan of a reading of an answer. */
    static ReadingPlan ofAnswer(String model, ReadingWish wish, Decoder decoder, Tokenizer tokenizer) {
        if (!wish.nextTokens().isEmpty()) {
            throw new RejectedRequestException("reading of an answer by " + model + " is to have the next tokens "
                    + wish.nextTokens() + "; valid are hidden states alone");
        }
        return of(model, wish, decoder, tokenizer, true);
    }

    private static ReadingPlan of(
            String model, ReadingWish wish, Decoder decoder, Tokenizer tokenizer, boolean hasFinalMean) {
        if (wish.states().size() > MOST || wish.nextTokens().size() > MOST) {
            throw new RejectedRequestException("reading by " + model + " is to have "
                    + wish.states().size() + " hidden states and "
                    + wish.nextTokens().size()
                    + " next tokens; valid are at most " + MOST + " of each");
        }
        List<State> states = new ArrayList<>();
        for (String name : wish.states()) {
            boolean mean = name.startsWith(MEAN);
            String output = "hidden." + (mean || name.startsWith(LAST) ? name.substring(LAST.length()) : "");
            boolean isThere = decoder.hiddenOutputs().contains(output);
            if (!isThere || (mean && !hasFinalMean && output.equals(NextTokenOutputs.HIDDEN_FINAL))) {
                throw new RejectedRequestException("hidden state '" + name + "' is none that " + model + " has; valid: "
                        + valid(decoder.hiddenOutputs(), hasFinalMean));
            }
            states.add(new State(name, output, mean));
        }
        Map<String, Integer> tokens = new LinkedHashMap<>();
        for (String text : wish.nextTokens()) {
            int[] ids = tokenizer.encode(text);
            if (ids.length != 1) {
                throw new RejectedRequestException("next token '" + text + "' is " + ids.length + " tokens to " + model
                        + "; valid: the text of exactly one");
            }
            tokens.put(text, ids[0]);
        }
        return new ReadingPlan(List.copyOf(states), tokens);
    }

    /** Whether the states of all tokens are wanted, and not of the last alone. */
    boolean hasMeans() {
        return states.stream().anyMatch(State::isMean);
    }

    /** The same outputs, of which only the last row counts. */
    ReadingPlan lastOnly() {
        return new ReadingPlan(
                states.stream()
                        .map(state -> new State(state.output(), state.output(), false))
                        .distinct()
                        .toList(),
                Map.of());
    }

    private static String valid(Set<String> outputs, boolean hasFinalMean) {
        if (outputs.isEmpty()) {
            return "none";
        }
        int layers = outputs.size() - 1;
        String pooled = layers < 1 ? "" : "last.L and mean.L for a layer L of 1 to " + layers + ", ";
        return pooled + "last.final" + (hasFinalMean ? ", mean.final" : "");
    }

    /** The outputs that have to be read at some positions; those of which only the last row counts, at the last. */
    Set<String> outputs(boolean atLast) {
        return states.stream()
                .filter(state -> atLast || state.isMean())
                .map(State::output)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * What a model of so many layers is read by unless somebody says otherwise; see {@link OnnxEndpoint.Builder}.
     *
     * @param layers the outputs with hidden states; 0 if there are none
     */
    static ReadingWish usual(int layers, Tokenizer tokenizer) {
        ReadingWish wish = ReadingWish.none();
        Set<Integer> depths = new TreeSet<>();
        for (double share : new double[] {1 / 3.0, 1 / 2.0, 0.7, 5 / 6.0}) {
            depths.add((int) Math.round(share * layers));
        }
        for (int layer : depths) {
            if (layer >= 1 && layer < layers) {
                wish = wish.last(layer).mean(layer);
            }
        }
        if (layers > 0) {
            wish = wish.lastFinal();
        }
        for (String text : new String[] {"A", "B", "C", "D", " A", " B", " C", " D"}) {
            if (tokenizer.encode(text).length == 1) {
                wish = wish.nextTokens(text);
            }
        }
        return wish;
    }
}
