/** Calibration: scores to probabilities, how honest these are, exact bounds on a rate, and thresholds chosen by a target. */
@NullMarked
package io.github.tandem4j.router.calibration;

import org.jspecify.annotations.NullMarked;
