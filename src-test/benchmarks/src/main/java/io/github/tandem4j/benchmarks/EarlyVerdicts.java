package io.github.tandem4j.benchmarks;

import static io.github.tandem4j.cascade.Confidences.meanTokenProbability;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.RunningJudge;
import io.github.tandem4j.cascade.Threshold;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.smollm2.SmolLm2;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;

/**
 * What a cascade gains by deciding before the end of SmolLM2's answer, and how often that changes its verdict. Prompts are
 * read from a text file, one a line:
 *
 * <pre>{@code
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.EarlyVerdicts prompts.txt 200 7
 * }</pre>
 *
 * <p>Each prompt is answered whole once. The threshold is the median confidence, so that half of the answers are kept, and
 * the boundaries lie at some distance from it. Then the shipped rules judge what came, piece by piece. The last figures
 * are of cascades that really ran both ways.
 */
public final class EarlyVerdicts {

    private static final int LONGEST = 160;

    private record Piece(String text, TokenScores scores, long nanos) {}

    private record Heard(List<Piece> pieces, long nanos, Reply reply) {
        double confidence() {
            return reply.confidence().value();
        }
    }

    /** Boundaries at this distance on either side of the threshold, from that token on. */
    private record Boundaries(double distance, int after) {
        Threshold around(double threshold) {
            return meanTokenProbability()
                    .atLeast(threshold)
                    .keepEarly(threshold + distance)
                    .deferEarly(threshold - distance)
                    .after(after);
        }
    }

    private static final List<Boundaries> BOUNDARIES = List.of(
            new Boundaries(0.05, 8),
            new Boundaries(0.10, 8),
            new Boundaries(0.05, 16),
            new Boundaries(0.10, 16),
            new Boundaries(0.05, 32));

    private static final Boundaries SHOWN = new Boundaries(0.05, 16);

    private final PrintStream out;

    private EarlyVerdicts(PrintStream out) {
        this.out = out;
    }

    /** Takes the file of prompts, how many of them to draw, and the seed. */
    public static void main(String[] args) throws IOException {
        List<String> prompts = new ArrayList<>(Files.readAllLines(Path.of(args[0])));
        Collections.shuffle(prompts, new Random(Long.parseLong(args[2])));
        prompts = prompts.subList(0, Math.min(prompts.size(), Integer.parseInt(args[1])));
        new EarlyVerdicts(System.out).run(prompts, args[2]);
    }

    private void run(List<String> prompts, String seed) {
        try (var small = SmolLm2.open()) {
            small.answer(request("Warm up."));
            List<Heard> answers =
                    prompts.stream().map(prompt -> hear(small, prompt)).toList();
            double threshold = answers.stream()
                    .mapToDouble(Heard::confidence)
                    .sorted()
                    .skip(answers.size() / 2)
                    .findFirst()
                    .orElseThrow();
            out.printf(
                    Locale.ROOT,
                    "%d prompts, seed %s, at most %d tokens, %d cut; threshold %.3f%n",
                    answers.size(),
                    seed,
                    LONGEST,
                    answers.stream()
                            .filter(answer -> answer.reply.isTruncated())
                            .count(),
                    threshold);
            out.println(
                    "distance after | kept early, deferred early, verdict changed | first token of kept: whole, early;"
                            + " time of deferred: whole, early (ms)");
            for (Boundaries boundaries : BOUNDARIES) {
                report(answers, threshold, boundaries);
            }
            reallyRun(small, prompts, meanTokenProbability().atLeast(threshold), SHOWN.around(threshold));
        }
    }

    private static Request request(String prompt) {
        return Request.of(ChatRequest.builder()
                .messages(UserMessage.from(prompt))
                .maxOutputTokens(LONGEST)
                .build());
    }

    private static Heard hear(ModelEndpoint small, String prompt) {
        List<Piece> pieces = new ArrayList<>();
        long start = System.nanoTime();
        Reply reply = small.answer(request(prompt), new TokenSink() {
            @Override
            public void accept(String text) {
                accept(text, TokenScores.of(new float[0]));
            }

            @Override
            public void accept(String text, TokenScores scores) {
                pieces.add(new Piece(text, scores, System.nanoTime() - start));
            }
        });
        return new Heard(pieces, System.nanoTime() - start, reply);
    }

    private void report(List<Heard> answers, double threshold, Boundaries boundaries) {
        int keptEarly = 0;
        int deferredEarly = 0;
        int changed = 0;
        List<Long> keptWhole = new ArrayList<>();
        List<Long> keptSoon = new ArrayList<>();
        List<Long> deferredWhole = new ArrayList<>();
        List<Long> deferredSoon = new ArrayList<>();
        for (Heard answer : answers) {
            RunningJudge judge = boundaries.around(threshold).whileAnswering(request("?"));
            boolean keptWhenWhole = answer.confidence() >= threshold && !answer.reply.isTruncated();
            long decided = answer.nanos;
            Optional<Verdict> verdict = Optional.empty();
            for (Piece piece : answer.pieces) {
                verdict = judge.hear(piece.text, piece.scores);
                if (verdict.isPresent()) {
                    decided = piece.nanos;
                    break;
                }
            }
            boolean keeps = verdict.map(Verdict::keeps).orElse(keptWhenWhole);
            keptEarly += verdict.isPresent() && keeps ? 1 : 0;
            deferredEarly += verdict.isPresent() && !keeps ? 1 : 0;
            changed += keeps == keptWhenWhole ? 0 : 1;
            (keeps ? keptWhole : deferredWhole).add(answer.nanos);
            (keeps ? keptSoon : deferredSoon).add(decided);
        }
        out.printf(
                Locale.ROOT,
                "%.2f     %5d | %3d %3d %3d (%s) | %5.0f %5.0f; %5.0f %5.0f%n",
                boundaries.distance,
                boundaries.after,
                keptEarly,
                deferredEarly,
                changed,
                wilson(changed, answers.size()),
                millis(keptWhole),
                millis(keptSoon),
                millis(deferredWhole),
                millis(deferredSoon));
    }

    private void reallyRun(ModelEndpoint small, List<String> prompts, Threshold patient, Threshold early) {
        ModelEndpoint large = ModelEndpoint.of(
                "large", ModelProfile.local().build(), (chat, context, tokens) -> Completion.of("idle"));
        for (Threshold rule : List.of(patient, early)) {
            ModelEndpoint cascade =
                    Cascade.startingWith(small).keepWhen(rule).deferTo(large).build();
            List<Long> first = new ArrayList<>();
            List<Long> all = new ArrayList<>();
            for (String prompt : prompts) {
                long start = System.nanoTime();
                long[] heard = new long[1];
                cascade.answer(
                        request(prompt), text -> heard[0] = heard[0] == 0 ? System.nanoTime() - start : heard[0]);
                first.add(heard[0]);
                all.add(System.nanoTime() - start);
            }
            out.printf(
                    Locale.ROOT,
                    "%s: mean time to the first token %.0f ms, median %.0f; to the last %.0f ms%n",
                    rule == patient ? "patient cascade" : "early cascade",
                    millis(first),
                    first.stream().sorted().toList().get(first.size() / 2) / 1e6,
                    millis(all));
        }
    }

    private static double millis(List<Long> nanos) {
        return nanos.stream().mapToLong(each -> each).average().orElse(Double.NaN) / 1e6;
    }

    /** The 95 % score interval of a share (Wilson, 1927). */
    private static String wilson(int count, int of) {
        double z = 1.96;
        double share = (double) count / of;
        double centre = (share + z * z / (2 * of)) / (1 + z * z / of);
        double half = z / (1 + z * z / of) * Math.sqrt(share * (1 - share) / of + z * z / (4.0 * of * of));
        return String.format(Locale.ROOT, "%.1f to %.1f %%", 100 * (centre - half), 100 * (centre + half));
    }
}
