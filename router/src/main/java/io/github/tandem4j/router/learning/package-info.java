/**
 * Routers that learn from recorded outcomes: heads over views of a request, the estimates of quality that they make, and
 * the router file.
 */
@NullMarked
package io.github.tandem4j.router.learning;

import org.jspecify.annotations.NullMarked;
