package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Bootstrap;
import io.github.tandem4j.router.calibration.CostQualityCurve;

/** A score that was followed through all its thresholds: what it takes to compare it with another. */
record Followed(String name, double[] scores, Pair pair, Course atHalf, Bootstrap bootstrap) {

    CostQualityCurve curve() {
        return CostQualityCurve.of(scores, pair.weak.score, pair.strong.score);
    }
}
