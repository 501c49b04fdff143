/** Tests of the package of the same name. */
@NullMarked
package io.github.tandem4j.resilience;

import org.jspecify.annotations.NullMarked;
