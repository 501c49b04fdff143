/** SmolLM2-135M-Instruct as a Maven dependency. */
@NullMarked
package io.github.tandem4j.smollm2;

import org.jspecify.annotations.NullMarked;
