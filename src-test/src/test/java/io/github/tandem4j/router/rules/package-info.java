/** Combinators, semantic routes and the judge. */
@NullMarked
package io.github.tandem4j.router.rules;

import org.jspecify.annotations.NullMarked;
