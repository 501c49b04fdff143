/** Certificates: a promise about the answers that stay local, proven on labelled ones, enforced by a cascade and watched. */
@NullMarked
package io.github.tandem4j.router.certificates;

import org.jspecify.annotations.NullMarked;
