/** Cascades: the cheap endpoint answers first, and its answer is kept or deferred to the next. */
@NullMarked
package io.github.tandem4j.cascade;

import org.jspecify.annotations.NullMarked;
