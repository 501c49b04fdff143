/** Tests of the package of the same name. */
@NullMarked
package io.github.tandem4j.cascade;

import org.jspecify.annotations.NullMarked;
