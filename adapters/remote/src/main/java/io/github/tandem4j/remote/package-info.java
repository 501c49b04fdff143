/** Large models over HTTP: OpenAI and whatever speaks its protocol, Anthropic, Ollama. */
@NullMarked
package io.github.tandem4j.remote;

import org.jspecify.annotations.NullMarked;
