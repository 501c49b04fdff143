package io.github.tandem4j.benchmarks;

import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.LatestMessage;
import io.github.tandem4j.router.defence.Consensus;
import io.github.tandem4j.router.defence.EscalationQuota;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Router;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/**
 * The gadget attack (Shafran, Schuster, Ristenpart and Shmatikov, arXiv 2501.01818) on a router over words, trained on
 * recorded outcomes, and what the defences leave of it.
 *
 * <pre>{@code
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.GadgetAttack mmlu-a.jsonl.gz WEAK STRONG 7
 * }</pre>
 *
 * <p>The router is a logistic regression of "strong is right and weak is not" on hashed words. The attacker knows its score:
 * words are exchanged one by one, and each is kept that raises the mean score of 40 prompts. The gadget is tried on prompts
 * that neither has seen. Thresholds are set on training prompts without a gadget, so that the router and the consensus each
 * send 30 % to the strong endpoint.
 */
public final class GadgetAttack {

    private static final int BUCKETS = 1 << 14;
    private static final int EPOCHS = 5;
    private static final double SHARE = 0.3;
    private static final int TRIED = 4_000;

    private static final ModelEndpoint WEAK = endpoint("weak");
    private static final ModelEndpoint STRONG = endpoint("strong");

    private GadgetAttack() {}

    /** Prints what the page above says. */
    public static void main(String[] args) {
        long seed = Long.parseLong(args[3]);
        List<RecordedQuery> queries = new ArrayList<>(
                RecordedOutcomes.read(Path.of(args[0])).uncontaminated().queries());
        queries.removeIf(query ->
                query.outcome(args[1]).isEmpty() || query.outcome(args[2]).isEmpty());
        Collections.shuffle(queries, new Random(seed));
        int half = queries.size() / 2;
        List<RecordedQuery> train = queries.subList(0, half);
        List<String> seen = train.stream().limit(40).map(RecordedQuery::prompt).toList();
        List<String> test = queries.subList(half, Math.min(queries.size(), half + 1_000)).stream()
                .map(RecordedQuery::prompt)
                .toList();
        double[] weights = train(train, args[1], args[2]);
        ToDoubleFunction<String> score = text -> score(weights, text);
        double[] scores = train.stream()
                .mapToDouble(query -> score.applyAsDouble(query.prompt()))
                .sorted()
                .toArray();
        double threshold = scores[(int) ((1 - SHARE) * scores.length)];
        Router router = router(score, threshold);
        Router consensus = Consensus.of(router(score, thresholdOfConsensus(score, scores, train)));
        System.out.printf(Locale.ROOT, "seed %d, %d prompts, threshold %.3f%n", seed, test.size(), threshold);
        print("no gadget", router, consensus, test, text -> text);
        for (int length : new int[] {1, 3, 6, 12}) {
            String gadget = search(score, seen, train, length, seed);
            System.out.println("gadget of " + length + ": " + gadget);
            print("  as suffix", router, consensus, test, text -> text + " " + gadget);
            print("  as prefix", router, consensus, test, text -> gadget + " " + text);
        }
    }

    private static Router router(ToDoubleFunction<String> score, double threshold) {
        return (request, candidates) -> score.applyAsDouble(LatestMessage.of(request)) >= threshold
                ? Choice.of(STRONG, "score")
                : Choice.of(WEAK, "score");
    }

    /** Parts of a prompt score otherwise than the whole: the threshold at which the consensus has the share, by halving. */
    private static double thresholdOfConsensus(
            ToDoubleFunction<String> score, double[] sorted, List<RecordedQuery> train) {
        List<String> prompts =
                train.stream().limit(1_000).map(RecordedQuery::prompt).toList();
        int low = 0;
        int high = sorted.length - 1;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (share(Consensus.of(router(score, sorted[middle])), prompts, text -> text) > SHARE) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return sorted[high];
    }

    private static void print(
            String what, Router router, Router consensus, List<String> prompts, UnaryOperator<String> attack) {
        Router quota =
                EscalationQuota.of(prompts.size() / 3, Duration.ofDays(1)).around(router, STRONG, WEAK);
        System.out.printf(
                Locale.ROOT,
                "%-14s strong: router %s, consensus %s, quota of a third %s%n",
                what,
                strong(router, prompts, attack),
                strong(consensus, prompts, attack),
                strong(quota, prompts, attack));
    }

    private static String strong(Router router, List<String> prompts, UnaryOperator<String> attack) {
        double p = share(router, prompts, attack);
        return String.format(Locale.ROOT, "%.3f ± %.3f", p, 1.96 * Math.sqrt(p * (1 - p) / prompts.size()));
    }

    private static double share(Router router, List<String> prompts, UnaryOperator<String> attack) {
        double sum = 0;
        for (String prompt : prompts) {
            ModelEndpoint chosen = router.choose(Request.of(attack.apply(prompt)), List.of(WEAK, STRONG))
                    .endpoint()
                    .orElseThrow();
            sum += chosen == STRONG ? 1 : 0;
        }
        return sum / prompts.size();
    }

    /** Hill climbing over single words; words come from the training prompts. */
    private static String search(
            ToDoubleFunction<String> score, List<String> seen, List<RecordedQuery> train, int length, long seed) {
        TreeSet<String> words = new TreeSet<>();
        train.forEach(query -> words.addAll(Arrays.asList(words(query.prompt()))));
        List<String> vocabulary = List.copyOf(words);
        SplittableRandom random = new SplittableRandom(seed);
        String[] gadget = new String[length];
        Arrays.setAll(gadget, i -> vocabulary.get(random.nextInt(vocabulary.size())));
        double best = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < TRIED; i++) {
            String[] changed = gadget.clone();
            changed[i % length] = vocabulary.get(random.nextInt(vocabulary.size()));
            double mean = seen.stream()
                    .mapToDouble(prompt -> score.applyAsDouble(prompt + " " + String.join(" ", changed)))
                    .average()
                    .orElseThrow();
            if (mean > best) {
                best = mean;
                gadget = changed;
            }
        }
        return String.join(" ", gadget);
    }

    private static double[] train(List<RecordedQuery> queries, String weak, String strong) {
        double[] weights = new double[BUCKETS + 1];
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            double rate = 0.5 / (1 + epoch);
            for (RecordedQuery query : queries) {
                double label = query.score(strong) > query.score(weak) ? 1 : 0;
                double error = label - 1 / (1 + Math.exp(-score(weights, query.prompt())));
                String[] words = words(query.prompt());
                for (String word : words) {
                    weights[bucket(word)] += rate * (error / Math.sqrt(words.length) - 1e-4 * weights[bucket(word)]);
                }
                weights[BUCKETS] += rate * error * 0.1;
            }
        }
        return weights;
    }

    private static double score(double[] weights, String text) {
        String[] words = words(text);
        double sum = 0;
        for (String word : words) {
            sum += weights[bucket(word)];
        }
        return weights[BUCKETS] + sum / Math.sqrt(words.length);
    }

    private static String[] words(String text) {
        return text.toLowerCase(Locale.ROOT).strip().split("\\s+");
    }

    private static int bucket(String word) {
        return Math.floorMod((word.hashCode() * 0x9E3779B9) >> 8, BUCKETS);
    }

    private static ModelEndpoint endpoint(String id) {
        return ModelEndpoint.of(id, ModelProfile.local().build(), (chat, context, tokens) -> Completion.of("-"));
    }
}
