/** What a score reads of a request: embeddings, signs of the text, n-grams, a local model's reading; each a view with an id. */
@NullMarked
package io.github.tandem4j.router.features;

import org.jspecify.annotations.NullMarked;
