/**
 * The replay lab: strategies of production over recorded endpoints, and what they are worth in quality, cost and time. No
 * model is called.
 */
@NullMarked
package io.github.tandem4j.router.replay;

import org.jspecify.annotations.NullMarked;
