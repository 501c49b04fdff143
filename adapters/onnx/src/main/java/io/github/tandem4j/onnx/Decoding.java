package io.github.tandem4j.onnx;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How tokens are chosen and when to end. Immutable; each method gives a changed copy.
 *
 * <p>From {@link #greedy()} on, unless changed:
 *
 * <ul>
 *   <li>temperature: 0, the likeliest token
 *   <li>top-p: 1, and top-k: the whole vocabulary
 *   <li>seed: none, a new one for each generation
 *   <li>longest completion: what the window leaves
 *   <li>stop sequences: none
 *   <li>tokens that end a turn do so
 * </ul>
 */
public final class Decoding {
    private static final Decoding GREEDY = new Decoding(new Draft());

    private final double temperature;
    private final double topP;
    private final int topK;
    private final OptionalLong seed;
    private final OptionalInt maxTokens;
    private final List<String> stops;
    private final boolean endsWithTurn;

    private Decoding(Draft draft) {
        temperature = draft.temperature;
        topP = draft.topP;
        topK = draft.topK;
        seed = draft.seed;
        maxTokens = draft.maxTokens;
        stops = draft.stops;
        endsWithTurn = draft.endsWithTurn;
    }

    /** {@return the likeliest token each time, to the end of the turn} */
    public static Decoding greedy() {
        return GREEDY;
    }

    /**
     * Divides the logits by this before a token is drawn.
     *
     * @param temperature 0, which is greedy, or more
     * @return a changed copy
     */
    public Decoding temperature(double temperature) {
        require(temperature >= 0 && temperature < Double.POSITIVE_INFINITY, "temperature", temperature, "0 or more");
        Draft draft = new Draft(this);
        draft.temperature = temperature;
        return new Decoding(draft);
    }

    /**
     * Keeps the likeliest tokens that together reach this share.
     *
     * @param topP above 0, at most 1
     * @return a changed copy
     */
    public Decoding topP(double topP) {
        require(topP > 0 && topP <= 1, "top-p", topP, "above 0, at most 1");
        Draft draft = new Draft(this);
        draft.topP = topP;
        return new Decoding(draft);
    }

    /**
     * Keeps that many of the likeliest tokens, before top-p does.
     *
     * @param topK 1 or more
     * @return a changed copy
     */
    public Decoding topK(int topK) {
        require(topK >= 1, "top-k", topK, "1 or more");
        Draft draft = new Draft(this);
        draft.topK = topK;
        return new Decoding(draft);
    }

    /**
     * Makes the draws repeatable: the same prompt and the same seed give the same text on the same machine.
     *
     * @param seed any number
     * @return a changed copy
     */
    public Decoding seed(long seed) {
        Draft draft = new Draft(this);
        draft.seed = OptionalLong.of(seed);
        return new Decoding(draft);
    }

    /**
     * Ends after that many tokens.
     *
     * @param maxTokens 1 or more
     * @return a changed copy
     */
    public Decoding maxTokens(int maxTokens) {
        require(maxTokens >= 1, "longest completion", maxTokens, "1 token or more");
        Draft draft = new Draft(this);
        draft.maxTokens = OptionalInt.of(maxTokens);
        return new Decoding(draft);
    }

    /**
     * Ends where the text comes to one of these, which is not part of it. They are found across the borders of tokens.
     *
     * @param stops none of them empty
     * @return a changed copy
     */
    public Decoding stopAt(List<String> stops) {
        require(stops.stream().noneMatch(String::isEmpty), "stop sequence", "empty", "one character or more");
        Draft draft = new Draft(this);
        draft.stops = List.copyOf(stops);
        return new Decoding(draft);
    }

    /**
     * Goes on after tokens that end a turn, up to the longest completion: for measurements.
     *
     * @return a changed copy
     */
    public Decoding pastTurnEnds() {
        Draft draft = new Draft(this);
        draft.endsWithTurn = false;
        return new Decoding(draft);
    }

    double temperature() {
        return temperature;
    }

    double topP() {
        return topP;
    }

    int topK() {
        return topK;
    }

    OptionalLong seed() {
        return seed;
    }

    OptionalInt maxTokens() {
        return maxTokens;
    }

    List<String> stops() {
        return stops;
    }

    boolean endsWithTurn() {
        return endsWithTurn;
    }

    private static void require(boolean valid, String what, Object found, String range) {
        if (!valid) {
            throw new IllegalArgumentException(what + " is " + found + "; valid: " + range);
        }
    }

    private static final class Draft {
        private double temperature;
        private double topP = 1;
        private int topK = Integer.MAX_VALUE;
        private OptionalLong seed = OptionalLong.empty();
        private OptionalInt maxTokens = OptionalInt.empty();
        private List<String> stops = List.of();
        private boolean endsWithTurn = true;

        Draft() {}

        Draft(Decoding from) {
            temperature = from.temperature;
            topP = from.topP;
            topK = from.topK;
            seed = from.seed;
            maxTokens = from.maxTokens;
            stops = from.stops;
            endsWithTurn = from.endsWithTurn;
        }
    }
}
