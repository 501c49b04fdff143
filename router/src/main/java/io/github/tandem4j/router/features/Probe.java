package io.github.tandem4j.router.features;

import io.github.tandem4j.PromptReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A local model's own reading of the prompt, as views: one for each hidden state that its reader reads, and one of what it
 * expects of the next token. Each prompt is read once for all of them, and remembered within bounds. Where that model answers
 * anyway, the reading is its prefill.
 *
 * <pre>{@code
 * Probe probe = Probe.of("smollm2", PromptReader.of(small, ReadingWish.none().mean(12).nextTokens(" A", " B", " C", " D")));
 * Heads.ridge().over(probe.state("mean.12"));
 * }</pre>
 */
public final class Probe {

    private final Map<String, Features> states;
    private final Features signs;

    private Probe(Map<String, Features> states, Features signs) {
        this.states = states;
        this.signs = signs;
    }

    /**
     * {@return the views of this reader's readings} It reads a short prompt to see what there is.
     *
     * @param name which model it is; a trained router refuses another
     * @param reader reads the same states and next tokens of every prompt; called by many threads at once
     */
    public static Probe of(String name, PromptReader reader) {
        return of(new ReadingFeatures(Views.requireName(name), reader));
    }

    /**
     * {@return the views of some of the states that this reader reads, and of what is expected} What else it reads is not
     * kept.
     *
     * @param states which, in this order; one or more
     * @throws IllegalArgumentException if the reader does not read one
     */
    public static Probe of(String name, PromptReader reader, List<String> states) {
        if (states.isEmpty()) {
            throw new IllegalArgumentException("no hidden state of reader " + name + "; valid is one or more");
        }
        return of(new ReadingFeatures(Views.requireName(name), reader, states));
    }

    private static Probe of(ReadingFeatures all) {
        String name = all.name();
        Features remembered = Views.remembered(all);
        Map<String, Features> states = new LinkedHashMap<>();
        int start = 0;
        for (int s = 0; s < all.states().size(); s++) {
            String state = all.states().get(s);
            int size = all.sizes().get(s);
            states.put(state, new ColumnFeatures("state.1:" + name + ":" + state, remembered, start, size, false));
            start += size;
        }
        return new Probe(states, new ColumnFeatures("expectation.1:" + name, remembered, start, all.signs(), true));
    }

    /** {@return the names of the hidden states, such as {@code mean.12}} */
    public List<String> states() {
        return List.copyOf(states.keySet());
    }

    /**
     * {@return a hidden state, at unit length}
     *
     * @throws IllegalArgumentException if the reader does not read it
     */
    public Features state(String state) {
        Features view = states.get(state);
        if (view == null) {
            throw new IllegalArgumentException(
                    "hidden state " + state + " is not read; valid is one of " + states.keySet());
        }
        return view;
    }

    /** {@return what the model expects of the next token, each number in its own unit, and the prompt's length} */
    public Features expectation() {
        return signs;
    }

    /** {@return all views, which a trained router may have been trained on} */
    public List<Features> views() {
        List<Features> views = new ArrayList<>(states.values());
        views.add(signs);
        return List.copyOf(views);
    }
}
