package io.github.tandem4j.router.certificates;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.router.calibration.DriftTest;
import io.github.tandem4j.router.calibration.JsonFields;
import io.github.tandem4j.router.calibration.VersionedJson;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches whether a promise still holds: told of the losses of kept answers as they become known, it raises an alarm once
 * they show that more than α are wrong. As long as the expected loss of each kept answer, given what came before, is at
 * most α, it ever raises one with probability at most its false-alarm rate, however long it watches.
 *
 * <pre>{@code
 * PromiseMonitor monitor = PromiseMonitor.of(certificate).onAlarm(alarm -> pager.send(alarm.why()));
 * Cascade.startingWith(small).acceptUnder(certificate.watchedBy(monitor)).deferTo(large).build();
 * monitor.observe(1); // a kept answer turned out wrong
 * }</pre>
 *
 * <p>The alarm stays until it is {@linkplain #reset reset}; while it is on, the watched certificate keeps nothing. Tell it
 * of answers that were chosen without regard to how good they are: all of them, or those that an {@link Audit} chose. User
 * complaints alone are no such sample.
 *
 * <p>Thread-safe.
 */
public final class PromiseMonitor {

    private static final Logger LOG = LoggerFactory.getLogger(PromiseMonitor.class);
    private static final String FORMAT = "tandem promise monitor";
    private static final int VERSION = 1;

    /**
     * Why the promise no longer holds.
     *
     * @param at when it was raised
     * @param observed after how many losses
     * @param meanLoss their mean, 0..1, by the inverse of the probabilities with which they were seen
     * @param why in words
     */
    public record Alarm(Instant at, long observed, double meanLoss, String why) {}

    private final double alpha;
    private final double falseAlarms;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private DriftTest test;
    private double weights;
    private double weighted;
    private volatile @Nullable Alarm alarm;
    private volatile @Nullable Consumer<Alarm> listener;

    private PromiseMonitor(double alpha, double falseAlarms, Clock clock) {
        if (!(falseAlarms > 0 && falseAlarms < 1)) {
            throw new IllegalArgumentException(
                    "false-alarm rate is " + falseAlarms + "; valid is between 0 and 1, both excluded");
        }
        this.alpha = alpha;
        this.falseAlarms = falseAlarms;
        this.clock = Objects.requireNonNull(clock, "clock");
        test = new DriftTest(alpha);
    }

    /** {@return a monitor of the certificate's promise; a false alarm ever has probability 0.01 at most} */
    public static PromiseMonitor of(Certificate certificate) {
        return of(certificate, 0.01);
    }

    /**
     * {@return a monitor of the certificate's promise}
     *
     * @param falseAlarms the probability that it ever raises an alarm while the promise holds, between 0 and 1
     */
    public static PromiseMonitor of(Certificate certificate, double falseAlarms) {
        return of(certificate, falseAlarms, Clock.systemUTC());
    }

    /** {@return a monitor that dates its alarm by this clock} */
    public static PromiseMonitor of(Certificate certificate, double falseAlarms, Clock clock) {
        return new PromiseMonitor(certificate.alpha(), falseAlarms, clock);
    }

    /** Tells this one, once, when the alarm is raised, on the thread that observed it; what it throws is logged. */
    public PromiseMonitor onAlarm(Consumer<Alarm> told) {
        listener = Objects.requireNonNull(told, "listener");
        return this;
    }

    /**
     * Observes the loss of a kept answer, 0..1: 1 if it was wrong. Either every kept answer is observed, or each had the
     * same chance to be.
     */
    public void observe(double loss) {
        observe(loss, 1, 1);
    }

    /**
     * Observes the loss of a kept answer of which some had a greater chance to be observed than others.
     *
     * @param loss 0..1
     * @param probability with which this one was to be observed, above 0 and at most 1
     * @param least no answer's probability is smaller; the same in every call
     */
    public void observe(double loss, double probability, double least) {
        Alarm raised = null;
        lock.lock();
        try {
            test.see(loss, probability, least);
            weights += 1 / probability;
            weighted += loss / probability;
            if (alarm == null && test.evidence() >= 1 / falseAlarms) {
                raised = new Alarm(clock.instant(), test.size(), weighted / weights, why());
                alarm = raised;
            }
        } finally {
            lock.unlock();
        }
        Consumer<Alarm> told = listener;
        if (raised != null) {
            LOG.warn("{}", raised.why());
            if (told != null) {
                try {
                    told.accept(raised);
                } catch (RuntimeException e) {
                    LOG.warn("a listener of the monitor threw", e);
                }
            }
        }
    }

    private String why() {
        return String.format(
                Locale.ROOT,
                "the promise no longer holds: of the kept answers %.3g %% were wrong in %d that were looked at, and at most"
                        + " %.4g %% may be; the evidence against it is %.3g, and %.3g was enough",
                100 * weighted / weights,
                test.size(),
                100 * alpha,
                test.evidence(),
                1 / falseAlarms);
    }

    /** {@return the alarm, if it was raised and not reset since} */
    public Optional<Alarm> alarm() {
        return Optional.ofNullable(alarm);
    }

    /** {@return how many losses were observed since the start or the last reset} */
    public long observed() {
        lock.lock();
        try {
            return test.size();
        } finally {
            lock.unlock();
        }
    }

    /** {@return the evidence against the promise, zero or more; an alarm is raised at 1 / false-alarm rate} */
    public double evidence() {
        lock.lock();
        try {
            return test.evidence();
        } finally {
            lock.unlock();
        }
    }

    /** Takes the alarm back and starts anew, once the cause is gone or another certificate was made. */
    public void reset() {
        lock.lock();
        try {
            test = new DriftTest(alpha);
            weights = 0;
            weighted = 0;
            alarm = null;
        } finally {
            lock.unlock();
        }
    }

    /** Writes all that it knows as a file, so that it survives a restart: beside it first, and moved into place. */
    public void save(Path file) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        lock.lock();
        try {
            json.put("alpha", alpha).put("false_alarms", falseAlarms).put("observed", test.size());
            ArrayNode wealths = json.putArray("wealths");
            test.wealths().forEach(wealths::add);
            json.put("weights", weights).put("weighted_losses", weighted);
            Alarm raised = alarm;
            if (raised != null) {
                json.put("alarm_at", raised.at().toString())
                        .put("alarm_observed", raised.observed())
                        .put("alarm_mean_loss", raised.meanLoss())
                        .put("alarm_why", raised.why());
            }
        } finally {
            lock.unlock();
        }
        VersionedJson.write(file, FORMAT, VERSION, json);
    }

    /**
     * {@return a monitor that goes on where the one stood that wrote this file; it has no listener yet}
     *
     * @throws ModelFileException if the file is none, or watches another promise than the certificate's
     */
    public static PromiseMonitor load(Path file, Certificate certificate) {
        JsonFields json = new JsonFields(VersionedJson.read(file, FORMAT, VERSION), file.toString());
        double alpha = json.number("alpha");
        if (alpha != certificate.alpha()) {
            throw new ModelFileException(file + " watches a promise of alpha " + alpha + ", and the certificate's is "
                    + certificate.alpha());
        }
        try {
            PromiseMonitor monitor = new PromiseMonitor(alpha, json.number("false_alarms"), Clock.systemUTC());
            monitor.test = new DriftTest(alpha, json.numbers("wealths"), json.count("observed"));
            monitor.weights = json.number("weights");
            monitor.weighted = json.number("weighted_losses");
            if (json.has("alarm_at")) {
                monitor.alarm = new Alarm(
                        Instant.parse(json.text("alarm_at")),
                        json.count("alarm_observed"),
                        json.number("alarm_mean_loss"),
                        json.text("alarm_why"));
            }
            return monitor;
        } catch (IllegalArgumentException | java.time.DateTimeException e) {
            throw new ModelFileException(file + " is no state of a monitor: " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d losses observed, evidence %.3g of %.3g%s",
                observed(),
                evidence(),
                1 / falseAlarms,
                alarm == null ? "" : ", alarm");
    }
}
