package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.RiskCoverage;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong among the weak model's answers that are kept, by its own recorded confidence: what a cascade would see
 * after the answer, beside the router's view before it. Immutable.
 */
public final class ConfidenceRisk {

    /**
     * Where a certificate's threshold lies on these queries.
     *
     * @param threshold of the confidence
     * @param coverage the share of queries whose answer it keeps here, 0..1
     * @param risk the share of these answers that is wrong here, 0..1; NaN if it keeps none
     * @param promised α, the share that may be wrong
     * @param delta the chance that the promise may be broken
     */
    public record Certified(double threshold, double coverage, double risk, double promised, double delta) {}

    private final RiskCoverage curve;
    private final @Nullable Certified certified;

    private ConfidenceRisk(RiskCoverage curve, @Nullable Certified certified) {
        this.curve = curve;
        this.certified = certified;
    }

    static ConfidenceRisk of(RiskCoverage curve) {
        return new ConfidenceRisk(curve, null);
    }

    ConfidenceRisk certified(double threshold, double alpha, double delta) {
        RiskCoverage.Point there = curve.at(threshold);
        return new ConfidenceRisk(curve, new Certified(threshold, there.coverage(), there.risk(), alpha, delta));
    }

    /** {@return places on the curve, from the surest answers to all of them} */
    public List<RiskCoverage.Point> points() {
        return curve.points(100);
    }

    /** {@return the mean risk over all coverages, AURC} */
    public double area() {
        return curve.area();
    }

    /** {@return the certificate's place; empty if none was given} */
    public Optional<Certified> certified() {
        return Optional.ofNullable(certified);
    }
}
