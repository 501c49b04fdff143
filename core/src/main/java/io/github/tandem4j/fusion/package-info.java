/** Fusion: several endpoints answer, and one answer results. */
@NullMarked
package io.github.tandem4j.fusion;

import org.jspecify.annotations.NullMarked;
