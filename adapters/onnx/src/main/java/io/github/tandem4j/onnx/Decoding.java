package io.github.tandem4j.onnx;

import static java.util.Objects.requireNonNull;

import io.github.tandem4j.onnx.grammar.OutputConstraint;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How tokens are chosen and when to end. Immutable; each method gives a changed copy.
 *
 * <p>From {@link #greedy()} on, unless changed:
 *
 * <ul>
 *   <li>temperature: 0, the likeliest token
 *   <li>top-p: 1, top-k: the whole vocabulary, and min-p: 0
 *   <li>penalties and bias: none
 *   <li>alternatives: none
 *   <li>constraint: none, any text may come
 *   <li>seed: none, a new one for each generation
 *   <li>longest completion: what the window leaves
 *   <li>stop sequences: none
 *   <li>tokens that end a turn do so
 *   <li>nothing is guessed by prompt lookup
 * </ul>
 */
public final class Decoding {
    private static final int MOST_BIASED = 1024;
    private static final int MOST_ALTERNATIVES = 100;
    private static final Decoding GREEDY = new Decoding(new Settings());

    private final Settings settings;

    private Decoding(Settings settings) {
        this.settings = settings;
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
        return with(settings -> settings.temperature = temperature);
    }

    /**
     * Keeps the likeliest tokens that together reach this share.
     *
     * @param topP above 0, at most 1
     * @return a changed copy
     */
    public Decoding topP(double topP) {
        require(topP > 0 && topP <= 1, "top-p", topP, "above 0, at most 1");
        return with(settings -> settings.topP = topP);
    }

    /**
     * Keeps that many of the likeliest tokens, before top-p does.
     *
     * @param topK 1 or more
     * @return a changed copy
     */
    public Decoding topK(int topK) {
        require(topK >= 1, "top-k", topK, "1 or more");
        return with(settings -> settings.topK = topK);
    }

    /**
     * Keeps the tokens that are at least this many times as likely as the likeliest, after top-k and top-p did.
     *
     * @param minP 0, which keeps all, to 1
     * @return a changed copy
     */
    public Decoding minP(double minP) {
        require(minP >= 0 && minP <= 1, "min-p", minP, "0 to 1");
        return with(settings -> settings.minP = minP);
    }

    /**
     * Makes tokens of the prompt and of the completion so far less likely: a positive logit is divided by this, a negative
     * one multiplied (Keskar et al., 2019).
     *
     * @param penalty above 0, at most 10; 1 is none, and below it such tokens become likelier
     * @return a changed copy
     */
    public Decoding repetitionPenalty(double penalty) {
        require(penalty > 0 && penalty <= 10, "repetition penalty", penalty, "above 0, at most 10");
        return with(settings -> settings.penalties = settings.penalties.repetition(penalty));
    }

    /**
     * Takes this off the logits of tokens that the completion has already, as OpenAI defines it.
     *
     * @param penalty -2 to 2; 0 is none
     * @return a changed copy
     */
    public Decoding presencePenalty(double penalty) {
        require(penalty >= -2 && penalty <= 2, "presence penalty", penalty, "-2 to 2");
        return with(settings -> settings.penalties = settings.penalties.presence(penalty));
    }

    /**
     * Takes this off a token's logit for each time that it is in the completion already, as OpenAI defines it.
     *
     * @param penalty -2 to 2; 0 is none
     * @return a changed copy
     */
    public Decoding frequencyPenalty(double penalty) {
        require(penalty >= -2 && penalty <= 2, "frequency penalty", penalty, "-2 to 2");
        return with(settings -> settings.penalties = settings.penalties.frequency(penalty));
    }

    /**
     * Adds to the logits of these tokens, after the penalties; replaces an earlier bias.
     *
     * @param bias -100, which all but forbids a token, to 100, for each of at most 1,024 ids; {@link OnnxModel#tokenize}
     *     finds them
     * @return a changed copy
     */
    public Decoding logitBias(Map<Integer, Double> bias) {
        require(bias.size() <= MOST_BIASED, "number of biased tokens", bias.size(), "at most " + MOST_BIASED);
        bias.forEach((id, added) -> {
            require(id >= 0, "biased token id", id, "0 or more, of the model's vocabulary");
            require(added >= -100 && added <= 100, "bias of token " + id, added, "-100 to 100");
        });
        Map<Integer, Double> copy = Map.copyOf(bias);
        return with(settings -> settings.logitBias = copy);
    }

    /**
     * Keeps the likeliest tokens at each step, with the model's own log-probabilities, as {@link
     * Generation#alternatives()}.
     *
     * @param count how many, 0 to 100
     * @return a changed copy
     */
    public Decoding alternatives(int count) {
        require(count >= 0 && count <= MOST_ALTERNATIVES, "number of alternatives", count, "0 to " + MOST_ALTERNATIVES);
        return with(settings -> settings.alternatives = count);
    }

    /**
     * Chooses only tokens that keep to a constraint, so that the text is what it asks for. The text ends when nothing more
     * may follow, or where it may end and the model ends its turn. The scores of tokens stay the model's own, as they were
     * before any was ruled out.
     *
     * @param constraint what the text must be; stop sequences may still cut it
     * @return a changed copy
     */
    public Decoding constrainedTo(OutputConstraint constraint) {
        requireNonNull(constraint, "constraint");
        return with(settings -> settings.constraint = constraint);
    }

    /**
     * Makes the draws repeatable: the same prompt and the same seed give the same text on the same machine, unless an
     * endpoint takes over a part of the prompt that it {@linkplain OnnxEndpoint.Builder#keepPrefills keeps}, which may change
     * the roundings.
     *
     * @param seed any number
     * @return a changed copy
     */
    public Decoding seed(long seed) {
        return with(settings -> settings.seed = OptionalLong.of(seed));
    }

    /**
     * Ends after that many tokens.
     *
     * @param maxTokens 1 or more
     * @return a changed copy
     */
    public Decoding maxTokens(int maxTokens) {
        require(maxTokens >= 1, "longest completion", maxTokens, "1 token or more");
        return with(settings -> settings.maxTokens = OptionalInt.of(maxTokens));
    }

    /**
     * Ends where the text comes to one of these, which is not part of it. They are found across the borders of tokens.
     *
     * @param stops none of them empty
     * @return a changed copy
     */
    public Decoding stopAt(List<String> stops) {
        require(stops.stream().noneMatch(String::isEmpty), "stop sequence", "empty", "one character or more");
        return with(settings -> settings.stops = List.copyOf(stops));
    }

    /**
     * Goes on after tokens that end a turn, up to the longest completion: for measurements.
     *
     * @return a changed copy
     */
    public Decoding pastTurnEnds() {
        return with(settings -> settings.endsWithTurn = false);
    }

    /**
     * Guesses tokens by looking up in prompt and completion what followed the last few tokens before, and computes the
     * guesses in one run: faster where the answer repeats what the prompt says, as in extracting, correcting and
     * rewriting. Where it costs more than it brings, it ceases by itself.
     *
     * <p>Tokens and their log-probabilities are those of the same decoding without it, to the last bit: guesses are computed by a second
     * session of the model, in which each token of a run goes through the very operations that it would go through alone.
     * The session is opened by the first generation that wants it, once for a model, and then checked against the other;
     * where the two differ, which depends on the processor, nothing is guessed. It takes about the memory of the weights
     * once more.
     *
     * <p>Has no effect on decodings that need more of a step than its likeliest token: those that draw, penalise, bias, keep
     * to a constraint or keep alternatives, and those whose hidden states are read.
     *
     * @return a changed copy
     */
    public Decoding lookUpPrompt() {
        return with(settings -> settings.looksUpPrompt = true);
    }

    /** Whether guesses are wanted and of use. */
    boolean drafts() {
        return settings.looksUpPrompt
                && settings.temperature == 0
                && settings.penalties.areNone()
                && settings.logitBias.isEmpty()
                && settings.constraint == null
                && settings.alternatives == 0;
    }

    double temperature() {
        return settings.temperature;
    }

    double topP() {
        return settings.topP;
    }

    int topK() {
        return settings.topK;
    }

    double minP() {
        return settings.minP;
    }

    Penalties penalties() {
        return settings.penalties;
    }

    Map<Integer, Double> logitBias() {
        return settings.logitBias;
    }

    @Nullable
    OutputConstraint constraint() {
        return settings.constraint;
    }

    int alternatives() {
        return settings.alternatives;
    }

    OptionalLong seed() {
        return settings.seed;
    }

    OptionalInt maxTokens() {
        return settings.maxTokens;
    }

    List<String> stops() {
        return settings.stops;
    }

    boolean endsWithTurn() {
        return settings.endsWithTurn;
    }

    private Decoding with(Consumer<Settings> change) {
        Settings changed = new Settings(settings);
        change.accept(changed);
        return new Decoding(changed);
    }

    private static void require(boolean valid, String what, Object found, String range) {
        if (!valid) {
            throw new IllegalArgumentException(what + " is " + found + "; valid: " + range);
        }
    }

    /** Changed only while a copy is made. */
    private static final class Settings {
        private double temperature;
        private double topP = 1;
        private int topK = Integer.MAX_VALUE;
        private double minP;
        private Penalties penalties = Penalties.NONE;
        private Map<Integer, Double> logitBias = Map.of();
        private int alternatives;
        private @Nullable OutputConstraint constraint;
        private OptionalLong seed = OptionalLong.empty();
        private OptionalInt maxTokens = OptionalInt.empty();
        private List<String> stops = List.of();
        private boolean endsWithTurn = true;
        private boolean looksUpPrompt;

        Settings() {}

        Settings(Settings from) {
            temperature = from.temperature;
            topP = from.topP;
            topK = from.topK;
            minP = from.minP;
            penalties = from.penalties;
            logitBias = from.logitBias;
            alternatives = from.alternatives;
            constraint = from.constraint;
            seed = from.seed;
            maxTokens = from.maxTokens;
            stops = from.stops;
            endsWithTurn = from.endsWithTurn;
            looksUpPrompt = from.looksUpPrompt;
        }
    }
}
