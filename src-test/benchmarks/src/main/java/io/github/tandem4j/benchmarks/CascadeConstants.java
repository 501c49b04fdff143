package io.github.tandem4j.benchmarks;

import io.github.tandem4j.Reply;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.router.cascades.CascadePolicy;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a learned cascade loses and costs where its constants (exchange rate, caution, prior) are chosen on other data sets than
 * the one that it is judged by: for each file {@code cascade-*-train.jsonl.gz} of a folder those that cost least on the others
 * while they lose at most what is permitted there, in the mean.
 *
 * <pre>{@code
 * java -cp benchmarks.jar io.github.tandem4j.benchmarks.CascadeConstants OUTCOMES 5 0.01 7
 * }</pre>
 *
 * <p>The numbers are of folds, the largest loss, and a seed. On each file, each policy is fitted on all folds but one and
 * tried on that one.
 */
public final class CascadeConstants {

    private record Constants(double rate, double caution, double prior) {}

    private record Figure(double loss, double share) {}

    private static final List<Constants> TRIED = List.of(
            new Constants(10, 1.5, 20),
            new Constants(5, 1.5, 20),
            new Constants(15, 1.5, 20),
            new Constants(20, 1.5, 20),
            new Constants(10, 0.5, 20),
            new Constants(20, 0.5, 20),
            new Constants(10, 0, 20),
            new Constants(10, 1.5, 5),
            new Constants(10, 1.5, 60));

    private CascadeConstants() {}

    /** Takes the folder, and the numbers of folds, the largest loss and the seed. */
    public static void main(String[] args) throws IOException {
        PrintStream out = System.out;
        int folds = Integer.parseInt(args[1]);
        double maxLoss = Double.parseDouble(args[2]);
        long seed = Long.parseLong(args[3]);
        List<Path> files;
        try (Stream<Path> all = Files.list(Path.of(args[0]))) {
            files = all.filter(file -> file.getFileName().toString().matches("cascade-.*-train\\.jsonl\\.gz"))
                    .sorted()
                    .toList();
        }
        out.printf(
                Locale.ROOT,
                "%d folds, largest loss %s, seed %d; loss / cost as a share of the last stage's%n",
                folds,
                maxLoss,
                seed);
        Figure[][] figures = new Figure[TRIED.size()][files.size()];
        for (int f = 0; f < files.size(); f++) {
            RecordedOutcomes outcomes = RecordedOutcomes.read(files.get(f));
            for (int c = 0; c < TRIED.size(); c++) {
                figures[c][f] = crossFit(outcomes, TRIED.get(c), folds, maxLoss, seed);
            }
        }
        for (int c = 0; c < TRIED.size(); c++) {
            print(out, TRIED.get(c).toString(), List.of(figures[c]));
        }
        List<Figure> chosen = new ArrayList<>();
        for (int f = 0; f < files.size(); f++) {
            int best = chosenWithout(f, figures, maxLoss);
            chosen.add(figures[best][f]);
            out.printf(
                    Locale.ROOT,
                    "%s: chosen on the others %s, %.4f / %.3f%n",
                    files.get(f).getFileName(),
                    TRIED.get(best),
                    figures[best][f].loss,
                    figures[best][f].share);
        }
        print(out, "chosen on the other files", chosen);
    }

    /** {@return the place of the cheapest constants that lose at most so much on the other files; else of those that lose least} */
    private static int chosenWithout(int file, Figure[][] figures, double maxLoss) {
        int best = -1;
        int safest = 0;
        for (int c = 0; c < figures.length; c++) {
            Figure mean = meanWithout(file, figures[c]);
            safest = mean.loss < meanWithout(file, figures[safest]).loss ? c : safest;
            if (mean.loss <= maxLoss && (best < 0 || mean.share < meanWithout(file, figures[best]).share)) {
                best = c;
            }
        }
        return best < 0 ? safest : best;
    }

    private static Figure meanWithout(int file, Figure... figures) {
        double loss = 0;
        double share = 0;
        for (int f = 0; f < figures.length; f++) {
            loss += f == file ? 0 : figures[f].loss / (figures.length - 1);
            share += f == file ? 0 : figures[f].share / (figures.length - 1);
        }
        return new Figure(loss, share);
    }

    private static Figure crossFit(
            RecordedOutcomes outcomes, Constants constants, int folds, double maxLoss, long seed) {
        List<RecordedQuery> shuffled = new ArrayList<>(outcomes.queries());
        Collections.shuffle(shuffled, new Random(seed));
        double loss = 0;
        double cost = 0;
        double lastCost = 0;
        int tried = 0;
        for (int fold = 0; fold < folds; fold++) {
            Set<String> held = new HashSet<>();
            for (int i = fold; i < shuffled.size(); i += folds) {
                held.add(shuffled.get(i).id());
            }
            RecordedOutcomes train = outcomes.where(query -> !held.contains(query.id()));
            RecordedOutcomes test = outcomes.where(query -> held.contains(query.id()));
            Set<String> shared = test.wordingsSharedWith(train);
            CascadePolicy policy = CascadePolicy.training(train)
                    .maxLoss(maxLoss)
                    .constants(constants.rate, constants.caution, constants.prior)
                    .seed(seed)
                    .fit();
            List<String> stages = policy.stages();
            Cascade cascade = Cascade.of(stages.stream()
                            .map(stage -> RecordedEndpoint.of(stage, test))
                            .toList())
                    .decidedBy(policy.readingConfidenceBy(RecordedEndpoint.recordedConfidence()))
                    .build();
            String last = stages.get(stages.size() - 1);
            for (RecordedQuery query : test.having(stages)) {
                if (shared.contains(query.wording())) {
                    continue;
                }
                Reply reply = cascade.answer(query.request());
                loss += query.score(last) - query.score(reply.author());
                cost += reply.cost().usd().nanos() / 1e9;
                lastCost += query.outcome(last).orElseThrow().costUsd();
                tried++;
            }
        }
        return new Figure(loss / tried, cost / lastCost);
    }

    private static void print(PrintStream out, String what, List<Figure> figures) {
        int n = figures.size();
        double loss = figures.stream().mapToDouble(Figure::loss).average().orElseThrow();
        double share = figures.stream().mapToDouble(Figure::share).average().orElseThrow();
        double squares = 0;
        for (Figure figure : figures) {
            squares += (figure.loss - loss) * (figure.loss - loss);
        }
        out.printf(
                Locale.ROOT,
                "%s: loss %.4f (s.e. over files %.4f; worst %.4f), without the best file %.4f; cost share %.3f%n",
                what,
                loss,
                Math.sqrt(squares / (n - 1) / n),
                figures.stream().mapToDouble(Figure::loss).max().orElseThrow(),
                (loss * n - figures.stream().mapToDouble(Figure::loss).min().orElseThrow()) / (n - 1),
                share);
    }
}
