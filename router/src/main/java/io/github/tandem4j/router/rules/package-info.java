/** Routers that are told and not trained: combinators, routes from example utterances, a model as the judge. */
@NullMarked
package io.github.tandem4j.router.rules;

import org.jspecify.annotations.NullMarked;
