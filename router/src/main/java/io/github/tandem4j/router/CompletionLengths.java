package io.github.tandem4j.router;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.tandem4j.CallListener;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;

/**
 * Learns from answers how long answers are: for each model, and within it by the length of the prompt in octaves of tokens.
 *
 * <pre>{@code
 * CompletionLengths lengths = CompletionLengths.startingAt(256);
 * Router value = BestValue.by(estimator).expecting(new ExpectedCost(lengths)).payingForQuality(price);
 * assistant.answer(request.listener(lengths));
 * }</pre>
 *
 * <p>An octave's estimate is shrunk towards the model's, as if {@value #STRENGTH} answers had said that, and the model's
 * towards the length that was started at. Once {@value #MEMORY} answers were seen the older ones fade exponentially, so it
 * follows a model that changes its habits. An answer that was cut counts as long as it came: the request's limit will cut
 * the next one too.
 *
 * <p>It listens to models alone: what a strategy answers, a member of it has answered before. It remembers the lengths of
 * the last {@value #MODELS} models, in about 2 kB each, and no text.
 *
 * <p>Thread-safe.
 */
public final class CompletionLengths implements CallListener, CompletionEstimate {

    private static final int STRENGTH = 8;
    private static final int MEMORY = 500;
    private static final int MODELS = 256;
    private static final int OCTAVES = 24;
    private static final int SIZES = 24;

    private final double start;
    private final Cache<String, Lengths> models =
            Caffeine.newBuilder().maximumSize(MODELS).executor(Runnable::run).build();

    private CompletionLengths(double start) {
        this.start = start;
    }

    /**
     * {@return lengths that know nothing yet but this}
     *
     * @param tokens the length of a typical completion, zero or more
     */
    public static CompletionLengths startingAt(int tokens) {
        if (tokens < 0) {
            throw new IllegalArgumentException("typical completion is " + tokens + " tokens; valid is 0 or more");
        }
        return new CompletionLengths(tokens);
    }

    @Override
    public void onReply(String endpoint, Reply reply) {
        if (reply.trace().children().isEmpty() && reply.cost().calls() == 1) {
            learn(endpoint, reply.cost().inputTokens(), reply.cost().outputTokens());
        }
    }

    /**
     * Learns from one answer that was recorded elsewhere.
     *
     * @param endpoint the model's id
     * @param promptTokens zero or more
     * @param completionTokens zero or more
     */
    public void learn(String endpoint, long promptTokens, long completionTokens) {
        if (promptTokens < 0 || completionTokens < 0) {
            throw new IllegalArgumentException("answer of " + endpoint + " had " + promptTokens + " prompt and "
                    + completionTokens + " completion tokens; valid is zero or more");
        }
        Lengths lengths = models.get(endpoint, id -> new Lengths());
        synchronized (lengths) {
            lengths.all.add(completionTokens);
            lengths.byOctave[octave(promptTokens, OCTAVES)].add(completionTokens);
        }
    }

    /** {@return the mean length of such an answer, in tokens} */
    @Override
    public double tokens(ModelEndpoint endpoint, long promptTokens) {
        Lengths lengths = models.getIfPresent(endpoint.id());
        if (lengths == null) {
            return start;
        }
        synchronized (lengths) {
            return lengths.byOctave[octave(promptTokens, OCTAVES)].mean(lengths.all.mean(start));
        }
    }

    /**
     * {@return the length that such a share of the model's answers does not exceed, to within an octave: the upper end of
     * the octave that it lies in; the length that was started at if none was seen}
     *
     * @param endpoint the model's id
     * @param share over 0, at most 1
     */
    public double quantile(String endpoint, double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("share of answers is " + share + "; valid is over 0, at most 1");
        }
        Lengths lengths = models.getIfPresent(endpoint);
        if (lengths == null) {
            return start;
        }
        synchronized (lengths) {
            return lengths.all.quantile(share);
        }
    }

    /** Tokens from 2^(n−1) to 2^n − 1 are in octave n; none are in octave 0. */
    private static int octave(long tokens, int octaves) {
        return Math.min(octaves - 1, Long.SIZE - Long.numberOfLeadingZeros(tokens));
    }

    private static final class Lengths {

        private final Seen all = new Seen();
        private final Seen[] byOctave = new Seen[OCTAVES];

        Lengths() {
            for (int i = 0; i < OCTAVES; i++) {
                byOctave[i] = new Seen();
            }
        }
    }

    /** A sum whose older terms fade once there are many. */
    private static final class Seen {

        private double count;
        private double sum;
        private double[] sizes = {};

        void add(long tokens) {
            if (sizes.length == 0) {
                sizes = new double[SIZES];
            }
            if (count >= MEMORY) {
                double fade = (MEMORY - 1.0) / MEMORY;
                count *= fade;
                sum *= fade;
                for (int i = 0; i < SIZES; i++) {
                    sizes[i] *= fade;
                }
            }
            count++;
            sum += tokens;
            sizes[octave(tokens, SIZES)]++;
        }

        double mean(double prior) {
            return (sum + STRENGTH * prior) / (count + STRENGTH);
        }

        double quantile(double share) {
            double below = 0;
            for (int i = 0; i < SIZES - 1; i++) {
                below += sizes[i];
                if (below >= share * count * (1 - 1e-9)) {
                    return (1L << i) - 1.0;
                }
            }
            return (1L << (SIZES - 1)) - 1.0;
        }
    }
}
