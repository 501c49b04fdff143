/** Pacing, bandits and what their logs say. */
@NullMarked
package io.github.tandem4j.router.online;

import org.jspecify.annotations.NullMarked;
