package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Bootstrap;
import io.github.tandem4j.router.calibration.CostQualityCurve;

/** A score that was followed through all its thresholds: what it takes to compare it with another. */
final class Followed {

    final String name;
    final CostQualityCurve curve;
    final Course atHalf;
    final Bootstrap bootstrap;

    Followed(String name, CostQualityCurve curve, Course atHalf, Bootstrap bootstrap) {
        this.name = name;
        this.curve = curve;
        this.atHalf = atHalf;
        this.bootstrap = bootstrap;
    }
}
