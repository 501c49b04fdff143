package io.github.tandem4j.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.router.certificates.CalibrationRows;
import io.github.tandem4j.router.certificates.Certificate;
import io.github.tandem4j.router.certificates.Certification;
import io.github.tandem4j.router.certificates.Certifier;
import io.github.tandem4j.router.certificates.PromiseTrial;
import io.github.tandem4j.router.certificates.Refusal;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Certifies a threshold on recorded outcomes, or puts such certificates to the test. */
@Command(
        name = "certify",
        description =
                "Certifies a threshold of confidence: at most a share ALPHA of the answers that are kept is wrong, but"
                        + " for a chance of DELTA. With --splits the promise is put to the test: the outcomes are the"
                        + " whole population, and thresholds are certified on sets of half as many rows drawn from it.",
        mixinStandardHelpOptions = true)
final class Certify implements Callable<Integer> {

    private static final long LONGEST_PROMPT = 1 << 20;

    private final Surroundings surroundings;

    @Option(
            names = "--outcomes",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Recorded outcomes (JSON Lines, may be gzipped), with confidences.")
    private List<Path> outcomes = new ArrayList<>();

    @Option(names = "--model", required = true, paramLabel = "M", description = "Whose answers are certified.")
    private String model = "";

    @Option(
            names = "--alpha",
            required = true,
            paramLabel = "A",
            description = "The share of kept answers that may be wrong, between 0 and 1.")
    private double alpha;

    @Option(
            names = "--delta",
            defaultValue = "0.05",
            paramLabel = "D",
            description = "The chance that the promise may be broken, between 0 and 1; ${DEFAULT-VALUE} by default.")
    private double delta;

    @Option(names = "--splits", paramLabel = "N", description = "Puts the promise to the test on N calibration sets.")
    private @Nullable Integer splits;

    @Option(
            names = "--seed",
            defaultValue = "42",
            paramLabel = "S",
            description = "Draws the calibration sets; ${DEFAULT-VALUE} by default.")
    private long seed;

    @Option(
            names = "--measure",
            defaultValue = "reported confidence",
            paramLabel = "NAME",
            description =
                    "What the recorded confidence is, such as 'mean token probability'; '${DEFAULT-VALUE}' by default,"
                            + " which is what the endpoint reports.")
    private String measure = "";

    @Option(
            names = "--system-prompt",
            paramLabel = "FILE",
            description = "The system prompt under which the outcomes were recorded; none by default.")
    private @Nullable Path systemPrompt;

    @Option(names = "--graded", description = "Scores may lie between 0 and 1; without it one that does is refused.")
    private boolean graded;

    @Option(names = "--out", paramLabel = "FILE", description = "Where the certificate is written.")
    private @Nullable Path out;

    @Option(names = "--json", description = "Print one JSON object and nothing else on standard output.")
    private boolean json;

    Certify(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        Certifier certifier =
                Certifier.wrongAtMost(alpha).delta(delta).model(model).measuredBy(measure);
        if (graded) {
            certifier = certifier.gradedLoss();
        }
        if (systemPrompt != null) {
            certifier = certifier.systemPrompt(read(systemPrompt));
        }
        if (splits != null && out != null) {
            throw new IllegalArgumentException(
                    "--splits tests the promise and gives no certificate; valid is --splits or" + " --out");
        }
        CalibrationRows rows = CalibrationRows.of(RecordedOutcomes.read(outcomes), model);
        return splits == null ? certify(certifier, rows) : test(certifier, rows, splits);
    }

    private int certify(Certifier certifier, CalibrationRows rows) {
        Certification result = certifier.certify(rows);
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        object.put("model", model).put("alpha", alpha).put("delta", delta).put("n", rows.size());
        object.put("deferred_at_every_threshold", rows.deferred()).put("gaps", rows.gaps());
        if (result instanceof Certificate certificate) {
            if (out != null) {
                certificate.save(out);
            }
            object.put("certified", true).put("threshold", certificate.threshold());
            object.put("kept", certificate.kept()).put("wrong", certificate.wrong());
            object.put("bound", certificate.bound());
            object.put("local_share", (double) certificate.kept() / rows.size());
            object.put("data_sha256", certificate.dataFingerprint()).put("promise", certificate.promise());
            say(object, certificate.toString(), rows);
            return ExitCode.OK.number();
        }
        Refusal refusal = (Refusal) result;
        object.put("certified", false).put("error", refusal.error()).put("least_deferred", refusal.leastDeferred());
        refusal.moreLabels().ifPresent(labels -> object.put("more_labels", labels));
        object.put("why", refusal.why());
        say(object, "Not certified: " + refusal.why() + ".", rows);
        return ExitCode.REJECTED.number();
    }

    private int test(Certifier certifier, CalibrationRows rows, int count) {
        PromiseTrial trial;
        try (Progress certifying = new Progress("Certifying", surroundings)) {
            trial = PromiseTrial.run(certifier, rows, count, seed, certifying::to);
        }
        double chance = trial.violations() / (double) count;
        double allowed = delta + 3 * Math.sqrt(delta * (1 - delta) / count);
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        object.put("splits", count).put("certified", trial.certified()).put("violations", trial.violations());
        estimate(object, "mean_local_share", trial.localShare());
        estimate(object, "mean_local_error", trial.localError());
        object.put("naive_violations", trial.naiveViolations());
        estimate(object, "naive_mean_local_share", trial.naiveLocalShare());
        object.put("oracle_local_share", trial.oracleLocalShare());
        object.put("violation_rate", chance)
                .put("violation_rate_allowed", allowed)
                .put("held", chance <= allowed);
        object.put("model", model).put("alpha", alpha).put("delta", delta).put("population", rows.size());
        object.put("calibration_rows", trial.calibrationRows()).put("base_error", trial.error());
        object.put("deferred_at_every_threshold", rows.deferred()).put("gaps", rows.gaps());
        object.put("seed", trial.seed());
        say(object, trial.toString(), rows);
        return ExitCode.OK.number();
    }

    private static void estimate(ObjectNode object, String name, PromiseTrial.Estimate estimate) {
        object.put(name, known(estimate.mean()));
        object.put(name + "_se", known(estimate.standardError()));
    }

    /** A mean of nothing is none. */
    private static @Nullable Double known(double number) {
        return Double.isNaN(number) ? null : number;
    }

    private void say(ObjectNode object, String words, CalibrationRows rows) {
        if (json) {
            surroundings.print(object);
            return;
        }
        surroundings.out().println(words);
        if (rows.gaps() + rows.deferred() > 0) {
            surroundings
                    .out()
                    .printf(
                            Locale.ROOT,
                            "%d queries have no outcome of %s and were left out; %d outcomes have no confidence or no"
                                    + " text, and are deferred at every threshold.%n",
                            rows.gaps(),
                            model,
                            rows.deferred());
        }
    }

    private static String read(Path file) throws IOException {
        if (!Files.isRegularFile(file) || Files.size(file) > LONGEST_PROMPT) {
            throw new IllegalArgumentException(file + " is no file of up to " + LONGEST_PROMPT + " bytes");
        }
        return Files.readString(file);
    }
}
