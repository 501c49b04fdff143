/** Routing: one endpoint is chosen before any answer exists. */
@NullMarked
package io.github.tandem4j.routing;

import org.jspecify.annotations.NullMarked;
