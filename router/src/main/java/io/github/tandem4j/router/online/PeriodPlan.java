package io.github.tandem4j.router.online;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.router.VersionedFile;
import java.util.Arrays;

/**
 * Which part of a period's calls comes when, as earlier periods had it: half of the newest, a quarter of the one before it
 * and so on. Used under its owner's lock.
 */
final class PeriodPlan {

    static final int SLOTS = 48;

    /** Keeps a slot in which nothing came so far from being planned as if nothing ever could. */
    private static final double FLOOR = 0.1;

    private final double[] counts = new double[SLOTS];
    private double[] shares = even();
    private boolean learned;
    private int slot;

    PeriodPlan copy() {
        PeriodPlan copy = new PeriodPlan();
        System.arraycopy(counts, 0, copy.counts, 0, SLOTS);
        copy.shares = shares.clone();
        copy.learned = learned;
        copy.slot = slot;
        return copy;
    }

    void write(ObjectNode file) {
        file.put("learned", learned)
                .put("counts", VersionedFile.encode(counts))
                .put("shares", VersionedFile.encode(shares));
    }

    static PeriodPlan read(VersionedFile file) {
        PeriodPlan plan = new PeriodPlan();
        double[] counts = file.numbers(file.content(), "counts", SLOTS);
        double[] shares = file.numbers(file.content(), "shares", SLOTS);
        if (Arrays.stream(counts).anyMatch(count -> count < 0)) {
            throw file.refused("counts", "below zero somewhere", "zero or more everywhere");
        }
        if (Arrays.stream(shares).anyMatch(share -> share <= 0)
                || !(Math.abs(Arrays.stream(shares).sum() - 1) < 1e-9)) {
            throw file.refused("shares", "not above zero everywhere, and together one", "that");
        }
        System.arraycopy(counts, 0, plan.counts, 0, SLOTS);
        plan.shares = shares;
        plan.learned = file.content().path("learned").asBoolean();
        return plan;
    }

    /** Counts a call now. */
    void count() {
        counts[slot]++;
    }

    /** Sets the time: the part of the period that has passed, 0 to under 1. */
    void at(double part) {
        slot = Math.min(SLOTS - 1, (int) (part * SLOTS));
    }

    /** {@return which part of a period's calls comes after this part of its time} */
    double left(double part) {
        double slots = Math.min(SLOTS, part * SLOTS);
        int whole = (int) slots;
        double left = whole < SLOTS ? shares[whole] * (whole + 1 - slots) : 0;
        for (int i = whole + 1; i < SLOTS; i++) {
            left += shares[i];
        }
        return left;
    }

    /** Learns from the period that ends, unless nothing came in it. */
    void endPeriod() {
        double sum = Arrays.stream(counts).sum();
        if (sum > 0) {
            double weight = learned ? 0.5 : 1;
            double total = 0;
            for (int i = 0; i < SLOTS; i++) {
                double seen = (1 - FLOOR) * counts[i] / sum + FLOOR / SLOTS;
                shares[i] = (1 - weight) * shares[i] + weight * seen;
                total += shares[i];
            }
            for (int i = 0; i < SLOTS; i++) {
                shares[i] /= total;
            }
            learned = true;
        }
        Arrays.fill(counts, 0);
        slot = 0;
    }

    private static double[] even() {
        double[] even = new double[SLOTS];
        Arrays.fill(even, 1.0 / SLOTS);
        return even;
    }
}
