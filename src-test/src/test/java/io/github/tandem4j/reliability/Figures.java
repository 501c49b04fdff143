package io.github.tandem4j.reliability;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What became of all calls. */
final class Figures {

    private static final int MOST_VIOLATIONS = 20;

    private final Map<String, Integer> ends = new TreeMap<>();
    private final Times lateness = new Times();
    private final Times latenessOfTheLate = new Times();
    private final Times timesToStop = new Times();
    private final List<String> violations = new ArrayList<>();
    private int calls;
    private long leaves;
    private int unknown;
    private int cutOff;
    private int estimates;
    private int lostToOthers;

    void add(Call call, Audit audit) {
        calls++;
        leaves += call.account().leafEnds().size();
        unknown += audit.unknown();
        cutOff += audit.cutOff();
        estimates += audit.estimates();
        lostToOthers += audit.lostToOthers();
        Object end = call.ends().isEmpty() ? null : call.ends().get(0);
        ends.merge(
                end == null
                        ? "nothing told"
                        : end instanceof Throwable ? end.getClass().getSimpleName() : "answered",
                1,
                Integer::sum);
        if (!call.ends().isEmpty()) {
            Duration late = call.lateness().isNegative() ? Duration.ZERO : call.lateness();
            lateness.add(late);
            if (!late.isZero()) {
                latenessOfTheLate.add(late);
            }
        }
        Duration toStop = call.timeToStop();
        if (toStop != null) {
            timesToStop.add(toStop);
        }
    }

    void violation(String what) {
        violations.add(what);
    }

    Times lateness() {
        return lateness;
    }

    /** The first of all that is wrong. */
    List<String> violations() {
        return violations.subList(0, Math.min(MOST_VIOLATIONS, violations.size()));
    }

    int violationCount() {
        return violations.size();
    }

    @Override
    public String toString() {
        return calls + " calls, " + leaves + " of models: " + ends + "; past the deadline " + lateness
                + ", those that reached it " + latenessOfTheLate + "; from stop to end " + timesToStop + "; "
                + estimates + " model calls charged by what was heard; " + unknown
                + " whole answers unpaid, of " + cutOff + " model calls that were cut off, and "
                + lostToOthers + " of them lost because another call was stopped";
    }
}
