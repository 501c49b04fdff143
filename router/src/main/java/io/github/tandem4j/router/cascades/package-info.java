/** Deferral that is learned from recorded outcomes: how likely an answer is right, and the policy of a whole cascade. */
@NullMarked
package io.github.tandem4j.router.cascades;

import org.jspecify.annotations.NullMarked;
