/** Auxiliary endpoints: one works for another, before, after or around it. */
@NullMarked
package io.github.tandem4j.auxiliary;

import org.jspecify.annotations.NullMarked;
