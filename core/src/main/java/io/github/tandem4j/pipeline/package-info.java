/** Pipelines: endpoints work in sequence, each seeing the request and what came before. */
@NullMarked
package io.github.tandem4j.pipeline;

import org.jspecify.annotations.NullMarked;
