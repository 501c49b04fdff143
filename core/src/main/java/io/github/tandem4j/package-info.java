/** The vocabulary: endpoints, requests, replies and the limits that travel with a call. */
@NullMarked
package io.github.tandem4j;

import org.jspecify.annotations.NullMarked;
