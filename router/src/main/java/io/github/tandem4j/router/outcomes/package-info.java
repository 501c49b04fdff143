/** Recorded outcomes: what models answered to queries in the past, and how good it was. All that learns and measures reads these. */
@NullMarked
package io.github.tandem4j.router.outcomes;

import org.jspecify.annotations.NullMarked;
