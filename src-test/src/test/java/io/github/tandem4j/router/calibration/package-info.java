@NullMarked
package io.github.tandem4j.router.calibration;

import org.jspecify.annotations.NullMarked;
